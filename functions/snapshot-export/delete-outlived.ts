import { DeleteDBSnapshotCommand, type RDSClient } from '@aws-sdk/client-rds';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { hasName } from '../../shared/aws/errors.ts';
import { explained } from '../../shared/aws/explain.ts';
import { listObjects } from '../../shared/aws/objects.ts';
import { exportFolder } from '../../shared/export/export-layout.ts';
import { ServiceError } from '../../shared/job/errors.ts';
import { readSnapshot } from '../../shared/snapshot/read-snapshots.ts';
import type { SnapshotFact, StoredExportFact } from './facts.ts';
import type { PruningContext } from './job.ts';
import { markKey } from './mark-export.ts';
import { isOwnNight, ownNightlyExports, type PruneAction } from './retention.ts';
import { readMark } from './stored-exports.ts';

/**
 * Deletes one thing if it is still what was planned, and is harmless where it is gone already. Answers why it was left
 * alone, or null.
 */
export async function carryOut(job: PruningContext, action: PruneAction): Promise<string | null> {
  switch (action.kind) {
    case 'delete snapshot':
      return deleteSnapshot(job, job.extra.rds, action);
    case 'delete copy':
      return deleteSnapshot(
        job,
        job.extra.rdsIn(job.request.settings.copyTo?.region ?? job.config.region),
        action,
      );
    case 'delete export':
      return deleteExport(job, action);
  }
}

async function deleteSnapshot(
  job: PruningContext,
  rds: RDSClient,
  action: PruneAction,
): Promise<string | null> {
  const { target } = action;
  const now = await explained(`Describing the snapshot ${target}`, () => readSnapshot(rds, target));
  if (!now || ['deleting', 'deleted'].includes(now.status)) return null;
  const changed = whatChanged(job, now, action);
  if (changed) return changed;
  await explained(`Deleting the snapshot ${target}`, async () => {
    try {
      await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: target }));
    } catch (error) {
      if (!hasName(error, 'DBSnapshotNotFoundFault')) throw error;
    }
  });
  return null;
}

function whatChanged(job: PruningContext, now: SnapshotFact, { createdAt }: PruneAction): string | null {
  const { stage, request } = job;
  if (!isOwnNight(now, { stage, database: request.database }))
    return 'its tags are no longer those of a night';
  if (now.createdAt !== createdAt) return notTheSame(createdAt, now.createdAt);
  return null;
}

function notTheSame(planned: string | null, found: string | null): string {
  return `another one has its name now, begun at ${found ?? 'an unknown time'} instead of ${planned ?? 'an unknown time'}`;
}

/** The mark goes with the rest, but last of all: what is half deleted must still be known as this job's own. */
async function deleteExport(job: PruningContext, { target, createdAt }: PruneAction): Promise<string | null> {
  const bucket = job.names.backupBucket;
  const now = await explained(`Reading the mark of the export ${target}`, () => readMark(job, target));
  const keys: string[] = [];
  for await (const { key } of listObjects(job.aws.s3, { bucket, prefix: exportFolder(target) }))
    keys.push(key);
  if (keys.length === 0) return null;
  if (!isOwn(job, now)) return 'the mark beside it no longer says that it is an export of a night';
  if (now.startedAt !== createdAt) return notTheSame(createdAt, now.startedAt);
  const mark = markKey(target);
  const rest = keys.filter((key) => key !== mark);
  for (let from = 0; from < rest.length; from += 1_000) await deleteKeys(job, rest.slice(from, from + 1_000));
  await deleteKeys(job, [mark]);
  return null;
}

function isOwn(job: PruningContext, stored: StoredExportFact | undefined): stored is StoredExportFact {
  const owner = { stage: job.stage, database: job.request.database };
  return stored !== undefined && ownNightlyExports([stored], owner).length === 1;
}

async function deleteKeys(job: PruningContext, keys: readonly string[]): Promise<void> {
  const answer = await explained('Deleting objects of an export', () =>
    job.aws.s3.send(
      new DeleteObjectsCommand({
        Bucket: job.names.backupBucket,
        Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
      }),
    ),
  );
  const [first] = answer.Errors ?? [];
  if (first) throw new ServiceError(`Deleting ${first.Key} failed. ${first.Code}: ${first.Message}`);
}
