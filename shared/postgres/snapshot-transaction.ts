import type { Client } from 'pg';
import { describeSqlState, sqlStateOf } from './sqlstate.ts';

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

export type OneRead<T> =
  | { readonly kind: 'read'; readonly result: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * One read of a table inside a snapshot. Its locks are given back at once, so that nobody waits for the whole
 * transaction. `gone`: others have dropped or renamed it. `refused`: it is locked, takes too long, or may not be read.
 */
export async function oneRead<T>(client: Client, read: () => Promise<T>): Promise<OneRead<T>> {
  await client.query('SAVEPOINT one_read');
  try {
    const result = await read();
    await client.query('ROLLBACK TO SAVEPOINT one_read');
    return { kind: 'read', result };
  } catch (error) {
    const state = sqlStateOf(error);
    if (state === undefined || !survivable.has(state)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT one_read');
    return state === '42P01' ? { kind: 'gone' } : { kind: 'refused', reason: describeSqlState(state) };
  }
}

/** undefined_table, lock_not_available, query_canceled, insufficient_privilege: the other tables can still be read. */
const survivable = new Set(['42P01', '55P03', '57014', '42501']);
