import type { Client } from 'pg';
import { sqlStateOf } from './sqlstate.ts';

/** Runs reads that all see the same moment; nothing can be written. */
export async function inSnapshot<T>(client: Client, read: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const result = await read();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // The first error is the one to tell; on a broken connection the rollback fails as well.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** One read inside a snapshot, of a table that others may drop or rename meanwhile: undefined where they did. */
export async function unlessGone<T>(client: Client, read: () => Promise<T>): Promise<T | undefined> {
  await client.query('SAVEPOINT one_read');
  try {
    const result = await read();
    await client.query('RELEASE SAVEPOINT one_read');
    return result;
  } catch (error) {
    if (sqlStateOf(error) !== '42P01') throw error;
    await client.query('ROLLBACK TO SAVEPOINT one_read');
    return undefined;
  }
}
