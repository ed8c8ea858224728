import type { Client } from 'pg';
import { archiveKey } from '../../shared/archive/archive-key.ts';
import { enterBatch, type NewBatch } from '../../shared/archive/archive-ledger.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { selectList } from '../../shared/parquet/archive-columns.ts';
import { encodeCopy } from '../../shared/parquet/encode-copy.ts';
import type { FileSummary } from '../../shared/parquet/file-summary.ts';
import { fixTextForms, readArchiveColumns } from '../../shared/parquet/read-columns.ts';
import { copyOut } from '../../shared/postgres/copy-out.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveContext } from './archive-context.ts';
import { type ChosenRows, chooseRows } from './choose-rows.ts';
import { keepDays } from './keep-days.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import { proveFile, uploadFile } from './store-file.ts';

/** How a batch is tried, which what went wrong before may have changed. */
export interface Attempt {
  /** Columns with values that do not fit their Parquet type. */
  readonly asText: readonly string[];
  /** Locks the rows before they are copied, so that nobody changes them meanwhile. */
  readonly lockFirst: boolean;
  /** The month that the archive table is not ready for. */
  readonly prepare?: string;
}

/**
 * Moves the oldest batch of a slice to S3, inside of the transaction that is open, and answers its ledger row; undefined
 * when no row is left. The transaction is REPEATABLE READ: every statement sees the same rows, and deleting one that
 * somebody else has changed since raises 40001.
 */
export async function moveToS3(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  slice: Slice,
  attempt: Attempt,
): Promise<NewBatch | undefined> {
  const startedAt = performance.now();
  const { policy } = action;
  const key = await transactionKey(context, client, action);
  const chosen = await chooseRows(client, action, slice);
  if (!chosen) return undefined;
  if (attempt.lockFirst) await lockRows(client, action, chosen);
  // Before the copy, which would be in vain where the table of days cannot take them.
  const summed = policy.rollUp && (await keepDays(client, policy, chosen));
  const file = key(chosen.month);
  const written = await copyToFile(context, client, action, { chosen, attempt, file });
  await proveFile(context, file, written, policy.verify);
  proveDays(action, written.rows, summed);
  await deleteExactly(client, action, chosen, written.rows);

  const age = written.bounds[policy.ageColumn];
  const [firstKey = ''] = action.key;
  const keys = written.bounds[firstKey];
  const batch: NewBatch = {
    policy: policy.name,
    slot: context.slot,
    destination: 's3',
    rows: written.rows,
    rawBytes: written.copiedBytes,
    seconds: (performance.now() - startedAt) / 1_000,
    resourceId: context.resourceId,
    oldest: age?.smallest ?? null,
    newest: age?.largest ?? null,
    smallestKey: keys?.smallest ?? null,
    largestKey: keys?.largest ?? null,
    file: {
      bucket: context.bucket,
      key: file,
      sizeBytes: written.sizeBytes,
      sha256: written.sha256.hex,
      contentHash: written.contentHash,
    },
  };
  await enterBatch(client, batch);
  return batch;
}

async function transactionKey(
  { settings, database, resourceId }: ArchiveContext,
  client: Client,
  { policy }: ArchiveAction,
): Promise<(month: string) => string> {
  const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  const transactionId = rows[0]?.id ?? '';
  const { schema, name } = policy.source;
  return (month) =>
    archiveKey({
      prefix: settings.archivePrefix,
      database,
      schema,
      table: name,
      month,
      resourceId,
      transactionId,
    });
}

interface CopyingOut {
  readonly chosen: ChosenRows;
  readonly attempt: Attempt;
  readonly file: string;
}

/** What makes texts exact must not reach the triggers of the table's owner: it ends with the savepoint. */
async function copyToFile(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  { chosen, attempt, file }: CopyingOut,
): Promise<FileSummary> {
  const { policy, key } = action;
  const { schema, name } = policy.source;
  await client.query('SAVEPOINT reading');
  await fixTextForms(client);
  const { omit, hash } = policy;
  const columns = await readArchiveColumns(client, { schema, table: name }, { omit, hash, ...attempt });
  const sql = /* sql */ `COPY (SELECT ${selectList(columns)} FROM ${quoteName(schema, name)}
    WHERE ${chosen.where} ORDER BY ${quoteName(policy.ageColumn)}) TO STDOUT (FORMAT binary)`;
  const encoded = encodeCopy({
    source: copyOut(client, sql),
    columns,
    metadata: { 'nightshift.table': policy.name },
    bounded: [policy.ageColumn, ...key.slice(0, 1)],
    ...(context.thread && { thread: context.thread }),
  });
  const written = await uploadFile(context, file, encoded, storageOf(action));
  await client.query('ROLLBACK TO SAVEPOINT reading');
  return written;
}

const storageOf = ({ policy }: ArchiveAction) =>
  policy.to.kind === 's3' ? policy.to.storageClass : 'STANDARD';

async function lockRows(client: Client, { policy }: ArchiveAction, { where }: ChosenRows): Promise<void> {
  const table = quoteName(policy.source.schema, policy.source.name);
  await client.query(`SELECT count(*) FROM (SELECT FROM ${table} WHERE ${where} FOR UPDATE) AS locked`);
}

function proveDays({ policy }: ArchiveAction, rows: number, summed: number | undefined): void {
  if (summed === undefined || summed === rows) return;
  throw new ProofError(
    `${policy.name}: ${rows} rows were copied and ${summed} rolled up, so that nothing was deleted: a condition of the policy gives another answer each time.`,
  );
}

/** Deleting other rows than were copied would lose them: the counts differ, and everything is rolled back. */
export async function deleteExactly(
  client: Client,
  { policy }: ArchiveAction,
  { where }: ChosenRows,
  rows: number,
): Promise<void> {
  const table = quoteName(policy.source.schema, policy.source.name);
  const { rowCount } = await client.query(`DELETE FROM ${table} WHERE ${where}`);
  if (rowCount === rows) return;
  throw new ProofError(
    `${policy.name}: ${rows} rows were copied and ${rowCount} would have been deleted, so that nothing was: a trigger keeps rows, or a condition of the policy gives another answer each time.`,
  );
}
