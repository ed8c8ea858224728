import { type Client, escapeLiteral } from 'pg';

/** Settings of Postgres by name, as `SET` takes their values. */
export type Settings = Readonly<Record<string, string>>;

/** Sets all of them in one statement: until the transaction ends, as behind a pooler, or for the session's life. */
export async function applySettings(
  client: Client,
  settings: Settings,
  until: 'transaction' | 'session',
): Promise<void> {
  await client.query(
    'SELECT set_config(name, value, $3) FROM unnest($1::text[], $2::text[]) AS setting(name, value)',
    [Object.keys(settings), Object.values(settings), until === 'transaction'],
  );
}

/**
 * Begins a READ COMMITTED transaction with these settings, and without the limit that Postgres 17 and later may have for
 * a whole transaction. One message: a limit that the database has must not end it before ours is set.
 */
export async function beginWith(client: Client, settings: Settings): Promise<void> {
  const calls = Object.entries(settings).map(
    ([name, value]) => `set_config(${escapeLiteral(name)}, ${escapeLiteral(value)}, true)`,
  );
  await client.query(
    `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT ${calls.join(', ')}; ${withoutLimit('true')}`,
  );
}

/** The session's transactions may take as long as they do. */
export async function liftTransactionLimit(client: Client): Promise<void> {
  await client.query(withoutLimit('false'));
}

function withoutLimit(untilItEnds: 'true' | 'false'): string {
  return `SELECT set_config(name, '0', ${untilItEnds}) FROM pg_settings WHERE name = 'transaction_timeout'`;
}
