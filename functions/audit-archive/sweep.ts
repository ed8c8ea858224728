import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { tablePrefix, writerOf } from '../../shared/archive/archive-key.ts';
import { explained } from '../../shared/aws/explain.ts';
import { listObjects } from '../../shared/aws/objects.ts';
import type { ArchiveContext } from './archive-context.ts';
import { type AuditArchiveJob, openArchiving } from './job.ts';
import { lockFiles } from './lock-files.ts';
import type { ArchivePolicy } from './policy.ts';

/** Keys of files without a ledger row: those that were deleted, and those that nobody can explain. */
export interface Swept {
  readonly deleted: readonly string[];
  readonly unexplained: readonly string[];
}

/** Every table of the request, and the locks that a run before was killed too early to set. */
export async function sweepTables(job: AuditArchiveJob): Promise<Swept> {
  const { context, connect } = await openArchiving(job);
  return connect(async (client) => {
    const swept: Swept[] = [];
    for (const policy of job.request.policies) {
      if (policy.to.kind !== 's3') continue;
      swept.push(await sweepTable(context, client, policy));
      await lockFiles(context, client, policy);
    }
    return {
      deleted: swept.flatMap(({ deleted }) => deleted),
      unexplained: swept.flatMap(({ unexplained }) => unexplained),
    };
  });
}

type Fate = 'counts' | 'being written' | 'of an aborted batch' | 'unexplained';

/**
 * Deletes what batches left behind that were rolled back. Only a transaction that this very instance knows to have
 * aborted: a clone has other transactions of the same numbers, and Postgres forgets old ones.
 */
export async function sweepTable(
  context: ArchiveContext,
  client: Client,
  { source }: Pick<ArchivePolicy, 'source'>,
): Promise<Swept> {
  const { s3, bucket, database, settings } = context;
  const { schema, name: table } = source;
  const prefix = tablePrefix({ prefix: settings.archivePrefix, database, schema, table });
  const keys: string[] = [];
  for await (const { key } of listObjects(s3, { bucket, prefix })) keys.push(key);
  const orphans = await withoutLedgerRow(client, bucket, keys);
  const deleted: string[] = [];
  const unexplained: string[] = [];
  for (const key of orphans) {
    const fate = await fateOf(context, client, key);
    if (fate === 'unexplained') unexplained.push(key);
    if (fate !== 'of an aborted batch') continue;
    await explained(`Deleting s3://${bucket}/${key}`, () =>
      s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
    );
    deleted.push(key);
  }
  return { deleted, unexplained };
}

async function withoutLedgerRow(client: Client, bucket: string, keys: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    /* sql */ `SELECT key FROM unnest($2::text[]) AS listed (key)
                WHERE NOT EXISTS (SELECT FROM nightshift.archive_batches WHERE bucket = $1 AND object_key = key)`,
    [bucket, keys],
  );
  return rows.map(({ key }) => key);
}

async function fateOf({ resourceId, bucket }: ArchiveContext, client: Client, key: string): Promise<Fate> {
  const writer = writerOf(key);
  if (writer?.resourceId !== resourceId) return 'unexplained';
  switch (await statusOf(client, writer.transactionId)) {
    case 'aborted':
      return 'of an aborted batch';
    case 'in progress':
      return 'being written';
    case 'committed':
      // Perhaps only since the ledger was asked.
      return (await withoutLedgerRow(client, bucket, [key])).length === 0 ? 'counts' : 'unexplained';
    default:
      return 'unexplained';
  }
}

/** Null for one that is too old to be known. Of an id that was not given out yet, Postgres would not answer but raise. */
async function statusOf(client: Client, transactionId: string): Promise<string | null> {
  const { rows } = await client.query<{ status: string | null }>(
    /* sql */ `SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::xid8)
                           WHEN $1::xid8 <= pg_current_xact_id() THEN 'in progress' END AS status`,
    [transactionId],
  );
  return rows[0]?.status ?? null;
}
