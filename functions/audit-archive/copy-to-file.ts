import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { archiveKey } from '../../shared/archive/archive-key.ts';
import type { NewBatch } from '../../shared/archive/archive-ledger.ts';
import { formatTableName, parseTableName } from '../../shared/config/table-name.ts';
import { selectList } from '../../shared/parquet/archive-columns.ts';
import { encodeCopy } from '../../shared/parquet/encode-copy.ts';
import type { FileSummary } from '../../shared/parquet/file-summary.ts';
import { fixTextForms, readArchiveColumns } from '../../shared/parquet/read-columns.ts';
import { copyOut } from '../../shared/postgres/copy-out.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { Attempt } from './attempts.ts';
import type { ArchiveAction } from './plan.ts';
import type { ArchivePolicy } from './policy.ts';
import { uploadFile } from './store-file.ts';

/** Keys of the files that this transaction makes, by month. */
export async function transactionKey(
  { settings, database, resourceId }: ArchiveContext,
  client: Client,
  policy: ArchivePolicy,
): Promise<(month: string) => string> {
  const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  const transactionId = rows[0]?.id ?? '';
  const attempt = randomBytes(4).toString('hex');
  // The policy's own table, also where rows are taken from a partition of it.
  const { schema, name } = parseTableName(policy.name) ?? policy.source;
  return (month) =>
    archiveKey({
      prefix: settings.archivePrefix,
      database,
      schema,
      table: name,
      month,
      resourceId,
      transactionId,
      attempt,
    });
}

interface CopyingOut {
  /** Of the rows, as `chooseRows` answers it. */
  readonly where: string;
  readonly attempt: Attempt;
  readonly file: string;
}

/**
 * Copies rows of the policy's source into one file, inside of the transaction that is open. What makes texts exact must
 * not reach the triggers of the table's owner: it ends with the savepoint. Throws ColumnNeedsText, and what S3 and Postgres say.
 */
export async function copyToFile(
  context: ArchiveContext,
  client: Client,
  action: ArchiveAction,
  { where, attempt, file }: CopyingOut,
): Promise<FileSummary> {
  const { policy, key } = action;
  const { schema, name } = policy.source;
  await client.query('SAVEPOINT reading');
  await fixTextForms(client);
  const { omit, hash } = policy;
  const columns = await readArchiveColumns(client, { schema, table: name }, { omit, hash, ...attempt });
  const sql = /* sql */ `COPY (SELECT ${selectList(columns)} FROM ${quoteName(schema, name)}
    WHERE ${where} ORDER BY ${quoteName(policy.ageColumn)}) TO STDOUT (FORMAT binary)`;
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

interface WrittenFile {
  readonly file: string;
  readonly written: FileSummary;
  /** As `performance.now()` told it. */
  readonly startedAt: number;
}

/** The ledger row of a file that was proved. */
export function batchOf(
  { slot, resourceId, bucket }: ArchiveContext,
  { policy, key }: ArchiveAction,
  { file, written, startedAt }: WrittenFile,
): NewBatch {
  const age = written.bounds[policy.ageColumn];
  const [firstKey = ''] = key;
  const keys = written.bounds[firstKey];
  return {
    policy: policy.name,
    slot,
    destination: 's3',
    // The table that its days went into.
    ...(policy.rollUp && policy.archiveTable && { archiveTable: formatTableName(policy.archiveTable) }),
    rows: written.rows,
    rawBytes: written.copiedBytes,
    seconds: (performance.now() - startedAt) / 1_000,
    resourceId,
    oldest: age?.smallest ?? null,
    newest: age?.largest ?? null,
    smallestKey: keys?.smallest ?? null,
    largestKey: keys?.largest ?? null,
    file: {
      bucket,
      key: file,
      sizeBytes: written.sizeBytes,
      sha256: written.sha256.hex,
      contentHash: written.contentHash,
    },
  };
}
