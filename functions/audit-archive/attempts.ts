import { isTransient } from '../../shared/aws/errors.ts';
import { ColumnNeedsText, RowTooLarge } from '../../shared/parquet/archive-errors.ts';
import type { ArchiveContext } from './archive-context.ts';
import { ArchiveTableUnready } from './archive-table.ts';

/** How a batch is tried, which what went wrong before may have changed. */
export interface Attempt {
  /** Columns with values that do not fit their Parquet type. */
  readonly asText: readonly string[];
  /** Locks the rows before they are copied, so that nobody changes them meanwhile. */
  readonly lockFirst: boolean;
  /** Rows that do not fit into memory are left where they are. */
  readonly withoutLargest?: boolean;
  /** The month that the archive table is not ready for. */
  readonly prepare?: string;
  /** Why the try before failed. */
  readonly after?: string;
}

/** Tries of one batch in a row; what is transient for longer than these take is told as a failure. */
const tries = 6;

/**
 * Does work again that failed and may succeed, each time as what went wrong before asks for. The work calls `worked`
 * where it has come on. What fails should take its connection along, whatever state that was in.
 */
export async function inAttempts<T>(
  { log }: Pick<ArchiveContext, 'log'>,
  table: string,
  work: (attempt: Attempt, worked: () => void) => Promise<T>,
): Promise<T> {
  let attempt: Attempt = { asText: [], lockFirst: false };
  let failed = 0;
  for (;;) {
    try {
      return await work(attempt, () => {
        failed = 0;
      });
    } catch (error) {
      failed += 1;
      const next = nextAttempt(attempt, error);
      if (!next || failed >= tries) throw error;
      attempt = { ...next, after: error instanceof Error ? error.message : String(error) };
      if (error instanceof ArchiveTableUnready) continue;
      log.warn('A batch failed and is tried again', { table, reason: String(error) });
      await pauseBefore(failed);
    }
  }
}

/** Undefined for what would fail again in the same way. */
function nextAttempt(attempt: Attempt, error: unknown): Attempt | undefined {
  if (error instanceof ColumnNeedsText && !attempt.asText.includes(error.column)) {
    return { ...attempt, asText: [...attempt.asText, error.column] };
  }
  if (error instanceof RowTooLarge && !attempt.withoutLargest) return { ...attempt, withoutLargest: true };
  if (error instanceof ArchiveTableUnready) return { ...attempt, prepare: error.month };
  // Somebody changed one of the rows meanwhile, or the connection broke: from now on the rows are locked first.
  return isTransient(error) ? { ...attempt, lockFirst: true } : undefined;
}

/** 0.1 s, then twice as long each time, and up to as much again, so that two who hinder each other part. */
function pauseBefore(failed: number): Promise<void> {
  const milliseconds = 100 * 2 ** (failed - 1) * (1 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
