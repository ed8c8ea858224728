import type { Client } from 'pg';
import { PostgresError } from '../job/errors.ts';

/**
 * Runs work in one REPEATABLE READ transaction, and commits it where it answers something; undefined rolls it back.
 * Throws PostgresError, `transient` where the connection broke, also where the server turned the COMMIT into a rollback.
 */
export async function inTransaction<T>(
  client: Client,
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  const result = await work();
  if (result === undefined) {
    await client.query('ROLLBACK');
    return undefined;
  }
  const { command } = await client.query('COMMIT');
  if (command === 'COMMIT') return result;
  // Postgres answers ROLLBACK, and no error, where a statement before had failed.
  throw new PostgresError('The transaction was to be committed, and Postgres rolled it back.');
}
