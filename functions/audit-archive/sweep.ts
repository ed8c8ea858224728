import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { tablePrefix } from '../../shared/archive/archive-key.ts';
import { fateOf, withoutLedgerRow } from '../../shared/archive/file-fate.ts';
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

/** What was swept of all tables, and what stood in the way, by policy. */
export interface SweptTables extends Swept {
  readonly failed: Readonly<Record<string, string>>;
}

/**
 * Every table of the request, and the locks that a run before was killed too early to set. A table where that fails is
 * archived all the same, and fails the run at its end.
 */
export async function sweepTables(job: AuditArchiveJob): Promise<SweptTables> {
  const { context, connect } = await openArchiving(job);
  const swept: Swept[] = [];
  const failed: Record<string, string> = {};
  for (const policy of job.request.policies) {
    if (policy.to.kind !== 's3') continue;
    try {
      await connect(async (client) => {
        swept.push(await sweepTable(context, client, policy));
        await lockFiles(context, client, policy);
      });
    } catch (error) {
      failed[policy.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return {
    deleted: swept.flatMap(({ deleted }) => deleted),
    unexplained: swept.flatMap(({ unexplained }) => unexplained),
    failed,
  };
}

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
