import type { Client } from 'pg';
import { ConfigError } from '../job/errors.ts';
import { type ConnectOptions, withClient } from './connect-client.ts';
import { inPooledTransaction } from './connect-pooled.ts';
import type { Settings } from './settings.ts';

export type { ConnectOptions } from './connect-client.ts';

/**
 * Opens one connection, uses it, and closes it. TLS is verified against `caFile` and the host's name; row-level
 * security raises instead of hiding rows; statements and lock waits have limits. Where `pooled`, all of the use is
 * one READ COMMITTED transaction. Throws PostgresError.
 */
export async function withConnection<T>(
  options: ConnectOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(options);
  // A server that is gone must not be waited for until the invocation ends.
  const answerSeconds = options.database.statementTimeoutSeconds + 10;
  if (options.pooled)
    return withClient(options, { answerSeconds }, (client) => inPooledTransaction(client, settings, use));
  return withClient(options, { startup: settings, answerSeconds }, async (client) => {
    await refuseHiddenRows(client);
    return use(client);
  });
}

/** Gives work the settings that a connection of ours has: behind a pooler, by a transaction of its own. */
export type Within = <T>(work: () => Promise<T>) => Promise<T>;

/** For whoever needs statements outside of any transaction as well, which then have no settings of ours behind a pooler. */
export async function withStatements<T>(
  options: ConnectOptions,
  use: (client: Client, within: Within) => Promise<T>,
): Promise<T> {
  if (!options.pooled) return withConnection(options, (client) => use(client, (work) => work()));
  const answerSeconds = options.database.statementTimeoutSeconds + 10;
  return withClient(options, { answerSeconds }, (client) =>
    use(client, (work) => inPooledTransaction(client, settingsOf(options), work)),
  );
}

function settingsOf({ database, lockTimeoutSeconds = 5 }: ConnectOptions): Settings {
  return {
    row_security: 'off',
    statement_timeout: `${database.statementTimeoutSeconds}s`,
    lock_timeout: `${lockTimeoutSeconds}s`,
    idle_in_transaction_session_timeout: '60s',
    timezone: 'UTC',
    // Of what a database may prefer: times that are read as text go back as text.
    datestyle: 'ISO,YMD',
  };
}

/** A pooler may drop the settings that a connection starts with; then row-level security would hide rows in silence. */
async function refuseHiddenRows(client: Client): Promise<void> {
  const { rows } = await client.query<{ row_security: string }>('SHOW row_security');
  if (rows[0]?.row_security === 'off') return;
  throw new ConfigError(
    'The connection did not keep "row_security = off": is there a pooler in between? Nightshift must reach the instance itself.',
  );
}
