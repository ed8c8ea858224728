import type { Client } from 'pg';
import type { NewBatch } from '../../shared/archive/archive-ledger.ts';
import { PostgresError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import { inTransaction } from '../../shared/postgres/transaction.ts';
import type { ArchiveContext } from './archive-context.ts';
import { prepareArchiveTable } from './archive-table.ts';
import { type Attempt, inAttempts } from './attempts.ts';
import { countLargest, leavingLargest } from './largest-rows.ts';
import { moveToS3 } from './move-to-s3.ts';
import { moveToTable } from './move-to-table.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import { requireUnchanged } from './table-fingerprint.ts';

/** Opens a connection for as long as `use` takes. */
export type Connect = <T>(use: (client: Client) => Promise<T>) => Promise<T>;

/** Whether rows may be left, and what stood in the way of the last batch where none has followed it. */
export interface SliceEnd {
  readonly end: 'emptied' | 'left';
  readonly trouble?: string;
  /** Rows of an emptied slice that stayed, because they are too large. */
  readonly tooLarge?: number;
}

/**
 * Moves one slice's rows, batch by batch, for as long as `mayGoOn` says so. A try that fails ends its connection, and
 * with it its transaction, whatever state that was in.
 */
export async function archiveSlice(
  context: ArchiveContext,
  connect: Connect,
  action: ArchiveAction,
  slice: Slice,
  mayGoOn: (client: Client) => Promise<boolean>,
): Promise<SliceEnd> {
  let trouble: string | undefined;
  return inAttempts(context, action.target, (attempt, worked) => {
    trouble = attempt.after;
    return connect<SliceEnd>(async (client) => {
      if (attempt.prepare) await prepareArchiveTable(context, client, action.policy, attempt.prepare);
      while (await mayGoOn(client)) {
        const batch = await archiveBatch(context, client, action, slice, attempt);
        if (!batch) {
          if (!attempt.withoutLargest) return { end: 'emptied' };
          return { end: 'emptied', tooLarge: await countLargest(client, action, slice) };
        }
        worked();
        trouble = undefined;
        tellBatch(context, batch);
      }
      return { end: 'left', ...(trouble !== undefined && { trouble }) };
    });
  });
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
  const batch = inTransaction(client, async () => {
    await client.query(`LOCK TABLE ${quoteName(schema, name)} IN ROW EXCLUSIVE MODE`);
    // While a large file is fetched and decoded, the session says nothing for long.
    await client.query("SET LOCAL idle_in_transaction_session_timeout = '10min'");
    await requireUnchanged(client, action.policy.source, context.fingerprints[action.target]);
    if (action.policy.to.kind === 'table') return moveToTable(context, client, action, slice);
    const movable = attempt.withoutLargest ? await leavingLargest(client, action, attempt) : action;
    return moveToS3(context, client, movable, slice, attempt);
  });
  return batch.catch((error: unknown) => {
    throw action.policy.onReferenced === 'keep' && sqlStateOf(error) === '23503'
      ? referencedSince(action)
      : error;
  });
}

/** Foreign keys look at what is committed now, and a batch at what was when it began: the next one leaves such a row. */
function referencedSince({ target }: ArchiveAction): PostgresError {
  return new PostgresError(
    `${target}: a row that was to be deleted is referenced by one that came after the batch had begun, so that the batch was rolled back. The next try leaves it where it is; if this comes again and again, archive while the referencing tables are quiet.`,
    { transient: true },
  );
}

/** For the log. */
export function tellBatch({ log }: ArchiveContext, batch: NewBatch): void {
  const { policy, rows, oldest, newest, file } = batch;
  log.info('Batch archived', { table: policy, rows, oldest, newest, file: file?.key });
}
