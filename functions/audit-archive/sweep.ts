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
