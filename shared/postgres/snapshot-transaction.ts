import type { Client } from 'pg';

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
