import { readFile } from 'node:fs/promises';
import type { Client } from 'pg';
import type { DatabaseConfig } from '../config/schema.ts';
import { ConfigError } from '../job/errors.ts';
import type { Address } from './address.ts';
import type { Credentials } from './credentials.ts';
import { postgresError } from './errors.ts';
import type { Settings } from './settings.ts';

export interface ConnectOptions {
  readonly address: Address;
  readonly database: DatabaseConfig;
  readonly credentials: Credentials;
  /** PEM file with the certificate authorities that the server's certificate must chain to. */
  readonly caFile: string;
  /** Shown in `pg_stat_activity`: job and slot. */
  readonly applicationName: string;
  readonly lockTimeoutSeconds?: number;
  /** At `address` stands a pooler, which gives each transaction another session of the server. */
  readonly pooled?: boolean;
}

interface ClientSettings {
  /** Sent with the connection's start, which poolers refuse. */
  readonly startup?: Settings;
  /** How long an answer is waited for; left out, until it comes. */
  readonly answerSeconds?: number;
}

/** Opens one connection, TLS verified against `caFile` and the host's name, uses it, and closes it. Throws PostgresError. */
export async function withClient<T>(
  options: ConnectOptions,
  settings: ClientSettings,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  // Loaded here, because most invocations of a durable function only wait, and start faster without it.
  const { Client: PostgresClient } = await import('pg');
  const client = new PostgresClient(await clientConfig(options, settings));
  // Without a listener, a connection that breaks while it is idle would end the process; the next query reports it.
  client.on('error', () => undefined);
  const { address, database } = options;
  const place = `${database.databaseName} on ${address.host}:${address.port}`;
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw postgresError(`Work in ${place}`, error);
  } finally {
    await client.end();
  }
}

async function clientConfig(
  { address, database, credentials, applicationName, caFile }: ConnectOptions,
  { startup, answerSeconds }: ClientSettings,
) {
  return {
    ...address,
    ...credentials,
    database: database.databaseName,
    application_name: applicationName.slice(0, 63),
    connectionTimeoutMillis: database.connectTimeoutSeconds * 1_000,
    ...(answerSeconds === undefined ? {} : { query_timeout: answerSeconds * 1_000 }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ssl: { ca: await readAuthorities(caFile), rejectUnauthorized: true },
    ...(startup && {
      options: Object.entries(startup)
        .map(([key, value]) => `-c ${key}=${value}`)
        .join(' '),
    }),
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
