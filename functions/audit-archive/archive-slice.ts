import type { Client } from 'pg';
import type { NewBatch } from '../../shared/archive/archive-ledger.ts';
import { isTransient } from '../../shared/aws/errors.ts';
import { ColumnNeedsText } from '../../shared/parquet/archive-errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { inTransaction } from '../../shared/postgres/transaction.ts';
import type { ArchiveContext } from './archive-context.ts';
import { ArchiveTableUnready, prepareArchiveTable } from './archive-table.ts';
import { type Attempt, moveToS3 } from './move-to-s3.ts';
import { moveToTable } from './move-to-table.ts';
import type { ArchiveAction, Slice } from './plan.ts';

/** Opens a connection for as long as `use` takes. */
export type Connect = <T>(use: (client: Client) => Promise<T>) => Promise<T>;

/** Tries of one batch in a row; what is transient for longer than these take is told as a failure. */
const tries = 6;

/**
 * Moves one slice's rows, batch by batch, for as long as `mayGoOn` says so; answers whether rows may be left. A try that
 * fails ends its connection, and with it its transaction, whatever state that was in.
 */
export async function archiveSlice(
  context: ArchiveContext,
  connect: Connect,
  action: ArchiveAction,
  slice: Slice,
  mayGoOn: (client: Client) => Promise<boolean>,
): Promise<'emptied' | 'left'> {
  let attempt: Attempt = { asText: [], lockFirst: false };
  let failed = 0;
  for (;;) {
    try {
      return await connect(async (client) => {
        if (attempt.prepare) await prepareArchiveTable(context, client, action.policy, attempt.prepare);
        while (await mayGoOn(client)) {
          const batch = await archiveBatch(context, client, action, slice, attempt);
          if (!batch) return 'emptied';
          failed = 0;
          tellBatch(context, batch);
        }
        return 'left';
      });
    } catch (error) {
      failed += 1;
      const next = nextAttempt(attempt, error);
      if (!next || failed >= tries) throw error;
      attempt = next;
      if (error instanceof ArchiveTableUnready) continue;
      context.log.warn('A batch failed and is tried again', { table: action.target, reason: String(error) });
      await pauseBefore(failed);
    }
  }
}

/** One batch in one transaction. The table is locked against changes of its definition before anything is seen of it. */
function archiveBatch(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  slice: Slice,
  attempt: Attempt,
): Promise<NewBatch | undefined> {
  const { schema, name } = action.policy.source;
  return inTransaction(client, async () => {
    await client.query(`LOCK TABLE ${quoteName(schema, name)} IN ROW EXCLUSIVE MODE`);
    if (action.policy.to.kind === 'table') return moveToTable(context, client, action, slice);
    return moveToS3(context, client, action, slice, attempt);
  });
}

/** Undefined for what would fail again in the same way. */
function nextAttempt(attempt: Attempt, error: unknown): Attempt | undefined {
  if (error instanceof ColumnNeedsText && !attempt.asText.includes(error.column)) {
    return { ...attempt, asText: [...attempt.asText, error.column] };
  }
  if (error instanceof ArchiveTableUnready) return { ...attempt, prepare: error.month };
  // Somebody changed one of the rows meanwhile, or the connection broke: from now on the rows are locked first.
  return isTransient(error) ? { ...attempt, lockFirst: true } : undefined;
}

function tellBatch({ log }: ArchiveContext, batch: NewBatch): void {
  const { policy, rows, oldest, newest, file } = batch;
  log.info('Batch archived', { table: policy, rows, oldest, newest, file: file?.key });
}

/** 0.1 s, then twice as long each time, and up to as much again, so that two who hinder each other part. */
function pauseBefore(failed: number): Promise<void> {
  const milliseconds = 100 * 2 ** (failed - 1) * (1 + Math.random());
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
