import { postgresError } from '../../../shared/postgres/errors.ts';
import { isRetryable, sqlStateOf } from '../../../shared/postgres/sqlstate.ts';

/** What came of work that Postgres may refuse. `words` say what was being done and what Postgres answered. */
export type Tried<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'refused'; readonly state: string; readonly words: string };

/**
 * Does work whose refusal is an answer to a question. Throws what says nothing of the database's content: a connection
 * that broke, a server that shuts down, and faults of our own.
 */
export async function tried<T>(doing: string, work: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { kind: 'done', result: await work() };
  } catch (error) {
    const state = sqlStateOf(error);
    // A lock is not to be had where nobody else works, and is as good a reason to say "not checked" as a timeout.
    if (state === undefined || (isRetryable(error) && state !== '55P03')) throw error;
    return { kind: 'refused', state, words: postgresError(doing, error).message };
  }
}

/** query_canceled by its time limit, lock_not_available: nothing is known of what was to be looked at. */
export function ranOutOfTime(state: string): boolean {
  return state === '57014' || state === '55P03';
}
