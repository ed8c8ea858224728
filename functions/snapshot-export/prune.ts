import { DeleteDBSnapshotCommand, type RDSClient } from '@aws-sdk/client-rds';
import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { hasName } from '../../shared/aws/errors.ts';
import { explained } from '../../shared/aws/explain.ts';
import { listObjects } from '../../shared/aws/objects.ts';
import { NightshiftError, ServiceError } from '../../shared/job/errors.ts';
import { exportFolder } from './export-layout.ts';
import type { PruningContext, SnapshotExportJob } from './job.ts';
import { readCopies, readSnapshots } from './read.ts';
import { type PruneAction, planRetention } from './retention.ts';
import { readStoredExports } from './stored-exports.ts';

/** Reads what there is now, plans what has outlived its retention, and deletes it. One that fails does not stop the others. */
export async function prune(job: SnapshotExportJob): Promise<PruneAction[]> {
  const actions = await job.step('plan the retention', () => planPruning(job));
  const failures: string[] = [];
  for (const action of actions) {
    try {
      await job.step(`${action.kind} ${action.target}`, () => carryOut(job, action));
      job.log.info('Pruned', { ...action });
    } catch (error) {
      failures.push(`${action.kind} ${action.target}: ${(error as Error).message}`);
    }
  }
  if (failures.length === 0) return actions;
  throw new NightshiftError(
    `Of ${actions.length} that have outlived their retention, ${failures.length} could not be deleted:\n${failures.join('\n')}`,
  );
}

/** So that a first run over years of backups stays one execution; the rest goes in the following nights. */
const prunedAtOnce = 100;

export async function planPruning(job: PruningContext): Promise<PruneAction[]> {
  const { request, stage, startedAt, extra } = job;
  const { copyTo } = request.settings;
  const [snapshots, copies, storedExports] = await Promise.all([
    explained('Listing the snapshots', () => readSnapshots(extra.rds, request.instance)),
    copyTo
      ? explained(`Listing the copies in ${copyTo.region}`, () =>
          readCopies(extra.rdsIn(copyTo.region), request.instance),
        )
      : [],
    explained('Listing the exports', () => readStoredExports(job, startedAt)),
  ]);
  const context = { stage, database: request.database, settings: request.settings, now: startedAt };
  return planRetention({ snapshots, copies, storedExports }, context).slice(0, prunedAtOnce);
}

/** Deletes one thing; harmless where it is gone already. */
export async function carryOut(job: PruningContext, { kind, target }: PruneAction): Promise<void> {
  switch (kind) {
    case 'delete snapshot':
      return deleteSnapshot(job.extra.rds, target);
    case 'delete copy':
      return deleteSnapshot(
        job.extra.rdsIn(job.request.settings.copyTo?.region ?? job.config.region),
        target,
      );
    case 'delete export':
      return deleteExport(job, target);
  }
}

async function deleteSnapshot(rds: RDSClient, identifier: string): Promise<void> {
  await explained(`Deleting the snapshot ${identifier}`, async () => {
    try {
      await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: identifier }));
    } catch (error) {
      if (!hasName(error, 'DBSnapshotNotFoundFault')) throw error;
    }
  });
}

/** The mark goes with the rest, but last of all: what is half deleted must still be known as this job's own. */
async function deleteExport(job: PruningContext, exportId: string): Promise<void> {
  const bucket = job.names.backupBucket;
  const mark = `${exportFolder(exportId)}schema.json`;
  const keys: string[] = [];
  for await (const { key } of listObjects(job.aws.s3, { bucket, prefix: exportFolder(exportId) })) {
    if (key !== mark) keys.push(key);
  }
  for (let from = 0; from < keys.length; from += 1_000) await deleteKeys(job, keys.slice(from, from + 1_000));
  await deleteKeys(job, [mark]);
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
