import type { Client } from 'pg';

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
