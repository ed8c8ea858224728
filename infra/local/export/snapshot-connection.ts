import { Socket } from 'node:net';
import { Client } from 'pg';
import type { SnapshotServer } from './exporter.ts';

/** Text forms that do not depend on how the server was set up, and nothing hidden by row-level security. */
const ONE_SNAPSHOT = /* sql */ `
  BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
  SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, MDY'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = off;
  SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 0`;

/**
 * Runs `read` in one read-only transaction of the database. When the signal aborts, the connection is cut at once
 * and the signal's reason is thrown.
 */
export async function readSnapshot<T>(
  server: SnapshotServer,
  database: string,
  signal: AbortSignal,
  read: (client: Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { certificatePem, ...address } = server;
  const socket = new Socket();
  const ssl = certificatePem === undefined ? false : { ca: certificatePem };
  const client = new Client({ ...address, database, ssl, stream: () => socket });
  // A cut connection is reported by the statement that it cut.
  client.on('error', () => undefined);
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    await client.query(ONE_SNAPSHOT);
    const result = await read(client);
    await client.end();
    return result;
  } catch (error) {
    // Cut, not ended: the server may be in the middle of a COPY that nobody reads any more.
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
  }
}
