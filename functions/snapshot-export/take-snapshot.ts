import { CreateDBSnapshotCommand } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { explainAwsError, explained } from '../../shared/aws/explain.ts';
import { type Instance, readInstance } from '../../shared/aws/instance.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { PreconditionError, ServiceError } from '../../shared/job/errors.ts';
import { carriesTags } from '../../shared/job/slot.ts';
import { readSnapshot } from '../../shared/snapshot/read-snapshots.ts';
import type { SnapshotFact } from './facts.ts';
import { followSnapshot } from './follow-snapshot.ts';
import type { SnapshotExportJob } from './job.ts';
import { type SnapshotAction, slotTags } from './plan.ts';

/** In these an instance takes snapshots; in the dead ones it will not by itself; all others pass. */
const readyStatuses = ['available', 'storage-optimization', 'storage-initialization'];
const deadStatuses = [
  'deleting',
  'failed',
  'inaccessible-encryption-credentials',
  'incompatible-create',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'insufficient-capacity',
  'restore-error',
  'stopped',
  'storage-full',
  'upgrade_failed',
];

/** Waits while the instance is busy with something that passes. Throws PreconditionError when it will not. */
export async function waitForInstance(job: SnapshotExportJob): Promise<Instance> {
  const { instance, settings } = job.request;
  return job.watch<Instance>('wait for the instance', {
    look: () => lookAtInstance(job),
    done: ({ status }) => readyStatuses.includes(status),
    everySeconds: settings.polling.snapshotSeconds,
    forHours: settings.patience.instanceMinutes / 60,
    gaveUp: (last) =>
      `The instance ${instance} was ${last?.status ?? 'not to be seen'} for ${describeHours(settings.patience.instanceMinutes / 60)}, and a snapshot needs it available. See what it is busy with in the events of RDS.`,
  });
}

async function lookAtInstance(job: SnapshotExportJob): Promise<Instance> {
  const { instance } = job.request;
  const fact = await explained(`Describing the instance ${instance}`, () =>
    readInstance(job.extra.rds, instance),
  );
  if (deadStatuses.includes(fact.status)) {
    throw new PreconditionError(
      `The instance ${instance} is ${fact.status}: no snapshot can be taken of it, and it will not change by itself. Mend the instance, then start this run again.`,
    );
  }
  return fact;
}

/**
 * Asks for the snapshot until it is there: whoever asked first, and also where the answer was lost. An instance that
 * turned busy meanwhile is waited for.
 */
export async function requestSnapshot(job: SnapshotExportJob, action: SnapshotAction): Promise<SnapshotFact> {
  const { settings, instance } = job.request;
  const found = await job.watch<SnapshotFact | null>('request the snapshot', {
    look: () => tryToRequest(job, action.target),
    done: (snapshot) => snapshot !== null,
    everySeconds: settings.polling.snapshotSeconds,
    forHours: settings.patience.instanceMinutes / 60,
    gaveUp: () =>
      `RDS took no snapshot of ${instance} for ${describeHours(settings.patience.instanceMinutes / 60)}, since it was not available. See what it is busy with in the events of RDS.`,
  });
  if (found) return found;
  throw new ServiceError(`The snapshot ${action.target} was requested, and RDS does not know it.`);
}

async function tryToRequest(job: SnapshotExportJob, identifier: string): Promise<SnapshotFact | null> {
  const { rds } = job.extra;
  const present = await explained(`Describing the snapshot ${identifier}`, () =>
    readSnapshot(rds, identifier),
  );
  if (present) return refuseStranger(job, present);
  await lookAtInstance(job);
  try {
    await rds.send(
      new CreateDBSnapshotCommand({
        DBSnapshotIdentifier: identifier,
        DBInstanceIdentifier: job.request.instance,
        Tags: Object.entries(slotTags(job.stage, job.request)).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    job.log.info('Snapshot requested', { snapshot: identifier });
  } catch (error) {
    if (hasName(error, 'InvalidDBInstanceStateFault')) return null;
    if (!hasName(error, 'DBSnapshotAlreadyExistsFault'))
      throw explainAwsError(`Taking the snapshot ${identifier}`, error);
  }
  const made = await explained(`Describing the snapshot ${identifier}`, () => readSnapshot(rds, identifier));
  return made ? refuseStranger(job, made) : null;
}

function refuseStranger(job: SnapshotExportJob, snapshot: SnapshotFact): SnapshotFact {
  if (carriesTags(snapshot.tags, slotTags(job.stage, job.request))) return snapshot;
  throw new PreconditionError(
    `A snapshot named ${snapshot.identifier} exists and does not carry the tags of this slot, so that it is not this job's own. Delete or rename it, then start this run again.`,
  );
}

/** Follows the snapshot to its end. Throws ServiceError where it ends badly. */
export function waitForSnapshot(job: SnapshotExportJob, identifier: string): Promise<SnapshotFact> {
  const { polling, patience } = job.request.settings;
  return followSnapshot(job, {
    rds: job.extra.rds,
    identifier,
    what: 'snapshot',
    region: job.config.region,
    everySeconds: polling.snapshotSeconds,
    forHours: patience.snapshotHours,
  });
}
