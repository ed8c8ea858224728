import { CopyDBSnapshotCommand } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { explainAwsError, explained } from '../../shared/aws/explain.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { carriesTags } from '../../shared/job/slot.ts';
import { readCopy } from '../../shared/snapshot/read-snapshots.ts';
import type { CopyFact, SnapshotFact } from './facts.ts';
import { followSnapshot } from './follow-snapshot.ts';
import type { SnapshotExportJob } from './job.ts';
import { type CopyAction, slotTags } from './plan.ts';

/** Begins the copy into the second region; the caller waits for it after the export, since both take their time. */
export async function startCopy(
  job: SnapshotExportJob,
  action: CopyAction,
  snapshot: SnapshotFact,
): Promise<CopyAction> {
  const { settings } = job.request;
  await job.watch<CopyFact | null>('start the copy', {
    look: () => tryToCopy(job, action, snapshot),
    done: (copy) => copy !== null,
    everySeconds: settings.polling.placeSeconds,
    forHours: settings.patience.placeHours,
    gaveUp: () =>
      `No copy of ${snapshot.identifier} could begin in ${action.region} in ${describeHours(settings.patience.placeHours)}: RDS runs 20 at once into a region. See the snapshots that are being copied there.`,
  });
  return action;
}

async function tryToCopy(
  job: SnapshotExportJob,
  action: CopyAction,
  snapshot: SnapshotFact,
): Promise<CopyFact | null> {
  const rds = job.extra.rdsIn(action.region);
  const describe = () =>
    explained(`Describing the copy ${action.target}`, () => readCopy(rds, action.target));
  const present = await describe();
  if (present) return refuseStranger(job, present, snapshot);
  const kmsKeyId = job.request.settings.copyTo?.kmsKeyId;
  if (snapshot.encrypted && !kmsKeyId) {
    throw new PreconditionError(
      `The snapshot ${snapshot.identifier} is encrypted, and a key is good in its own region only: say "kmsKeyId" under "copyTo" in the config, a key of ${action.region}.`,
    );
  }
  try {
    await rds.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: snapshot.arn,
        TargetDBSnapshotIdentifier: action.target,
        KmsKeyId: kmsKeyId,
        Tags: Object.entries(slotTags(job.stage, job.request)).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    job.log.info('Copy started', { copy: action.target, region: action.region });
  } catch (error) {
    if (
      hasName(error, 'SnapshotQuotaExceededFault') &&
      /in[- ]progress|cop(y|ies)/i.test((error as Error).message)
    )
      return null;
    if (!hasName(error, 'DBSnapshotAlreadyExistsFault')) {
      throw explainAwsError(`Copying the snapshot ${snapshot.identifier} to ${action.region}`, error);
    }
  }
  const made = await describe();
  return made ? refuseStranger(job, made, snapshot) : null;
}

function refuseStranger(job: SnapshotExportJob, copy: CopyFact, snapshot: SnapshotFact): CopyFact {
  if (carriesTags(copy.tags, slotTags(job.stage, job.request)) && copy.sourceArn === snapshot.arn)
    return copy;
  throw new PreconditionError(
    `A snapshot named ${copy.identifier} exists in the second region, and is not this slot's copy of ${snapshot.identifier}. Delete or rename it, then start this run again.`,
  );
}

/** Follows the copy to its end. Throws ServiceError where it ends badly. */
export function waitForCopy(job: SnapshotExportJob, { target, region }: CopyAction): Promise<SnapshotFact> {
  const { polling, patience } = job.request.settings;
  return followSnapshot(job, {
    rds: job.extra.rdsIn(region),
    identifier: target,
    what: 'copy',
    region,
    everySeconds: polling.copySeconds,
    forHours: patience.copyHours,
  });
}
