import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import type { DatabaseConfig } from '../config/schema.ts';
import { ConfigError } from '../job/errors.ts';
import type { Address } from './address.ts';
import type { Credentials } from './credentials.ts';
import { postgresError } from './errors.ts';

export interface ConnectOptions {
  readonly address: Address;
  readonly database: DatabaseConfig;
  readonly credentials: Credentials;
  /** PEM file with the certificate authorities that the server's certificate must chain to. */
  readonly caFile: string;
  /** Shown in `pg_stat_activity`: job and slot. */
  readonly applicationName: string;
  readonly lockTimeoutSeconds?: number;
}

/**
 * Opens one connection, uses it, and closes it. TLS is verified against `caFile` and the host's name; row-level
 * security raises instead of hiding rows; statements and lock waits have limits. Throws PostgresError.
 */
export async function withConnection<T>(
  options: ConnectOptions,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  // Loaded here, because most invocations of a durable function only wait, and start faster without it.
  const { Client: PostgresClient } = await import('pg');
  const client = new PostgresClient(await clientConfig(options));
  // Without a listener, a connection that breaks while it is idle would end the process; the next query reports it.
  client.on('error', () => undefined);
  const { address, database } = options;
  const place = `${database.databaseName} on ${address.host}:${address.port}`;
  try {
    await client.connect();
    await refuseHiddenRows(client);
    return await use(client);
  } catch (error) {
    throw postgresError(`Work in ${place}`, error);
  } finally {
    await client.end();
  }
}

async function clientConfig(options: ConnectOptions) {
  const { address, database, credentials, applicationName, lockTimeoutSeconds = 5 } = options;
  const settings = {
    row_security: 'off',
    statement_timeout: `${database.statementTimeoutSeconds}s`,
    lock_timeout: `${lockTimeoutSeconds}s`,
    idle_in_transaction_session_timeout: '60s',
    timezone: 'UTC',
    // Of what a database may prefer: times that are read as text go back as text.
    datestyle: 'ISO,YMD',
  };
  return {
    ...address,
    ...credentials,
    database: database.databaseName,
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: database.connectTimeoutSeconds * 1_000,
    // A server that is gone must not be waited for until the invocation ends.
    query_timeout: (database.statementTimeoutSeconds + 10) * 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ssl: { ca: await readAuthorities(options.caFile), rejectUnauthorized: true },
    options: Object.entries(settings)
      .map(([key, value]) => `-c ${key}=${value}`)
      .join(' '),
  };
}

async function readAuthorities(caFile: string): Promise<string> {
  try {
    return await readFile(caFile, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      `Cannot read the certificate authorities in ${caFile}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** A pooler may drop the settings that a connection starts with; then row-level security would hide rows in silence. */
async function refuseHiddenRows(client: Client): Promise<void> {
  const { rows } = await client.query<{ row_security: string }>('SHOW row_security');
  if (rows[0]?.row_security === 'off') return;
  throw new ConfigError(
    'The connection did not keep "row_security = off": is there a pooler in between? Nightshift must reach the instance itself.',
  );
}
