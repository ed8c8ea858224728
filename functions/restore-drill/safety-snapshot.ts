import { CreateDBSnapshotCommand } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { explainAwsError, explained } from '../../shared/aws/explain.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { carriesTags, ownTags } from '../../shared/job/slot.ts';
import { readSnapshot } from '../../shared/snapshot/read-snapshots.ts';
import type { SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import { type SafetySnapshot, secondsBetween } from './course.ts';
import type { DrillJob } from './job.ts';

const ended = ['available', 'failed', 'deleting'];

/** Snapshots the source before a real restore, and waits until that is available. Throws where it cannot be had. */
export async function takeSafetySnapshot(job: DrillJob, target: string): Promise<SafetySnapshot> {
  const { polling, patience } = job.request.settings;
  const requestedAt = await job.step('request the safety snapshot', () => requestOnce(job, target));
  const { snapshot, seenAt } = await job.watch<Seen>('wait for the safety snapshot', {
    look: async () => ({ snapshot: await look(job, target), seenAt: new Date().toISOString() }),
    done: (seen) => seen.snapshot === null || ended.includes(seen.snapshot.status),
    everySeconds: polling.instanceSeconds,
    forHours: patience.restoreHours,
    gaveUp: (last) =>
      `The safety snapshot ${target} was still ${last?.snapshot?.status ?? 'not to be seen'} after ${describeHours(patience.restoreHours)}. It goes on by itself.`,
  });
  if (snapshot?.status !== 'available') {
    throw new PreconditionError(
      `The safety snapshot ${target} ${snapshot ? `ended as ${snapshot.status}` : 'is gone'}. See the events of RDS.`,
    );
  }
  return { identifier: target, seconds: secondsBetween(requestedAt, seenAt) };
}

interface Seen {
  readonly snapshot: SnapshotFact | null;
  /** ISO 8601. */
  readonly seenAt: string;
}

function tagsOf({ stage, request: { database, slot } }: DrillJob): Record<string, string> {
  return { ...ownTags(drillJobName, { stage, database, slot }), 'nightshift:keep': 'true' };
}

/** Answers when it was first asked for, ISO 8601, as far as this step knows. */
async function requestOnce(job: DrillJob, target: string): Promise<string> {
  const rds = job.extra.rdsIn(job.config.region);
  const requestedAt = new Date().toISOString();
  try {
    await rds.send(
      new CreateDBSnapshotCommand({
        DBSnapshotIdentifier: target,
        DBInstanceIdentifier: job.request.instance,
        Tags: Object.entries(tagsOf(job)).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
  } catch (error) {
    if (!hasName(error, 'DBSnapshotAlreadyExistsFault'))
      throw explainAwsError(`Taking the safety snapshot ${target} of ${job.request.instance}`, error);
    await look(job, target);
  }
  return requestedAt;
}

async function look(job: DrillJob, target: string): Promise<SnapshotFact | null> {
  const rds = job.extra.rdsIn(job.config.region);
  const snapshot = await explained(`Describing the safety snapshot ${target}`, () =>
    readSnapshot(rds, target),
  );
  if (snapshot && !carriesTags(snapshot.tags, tagsOf(job))) {
    throw new PreconditionError(
      `A snapshot named ${target} exists and does not carry the tags of this run. Delete or rename it.`,
    );
  }
  if (snapshot)
    job.log.info('Safety snapshot', {
      snapshot: target,
      status: snapshot.status,
      percent: snapshot.progressPercent,
    });
  return snapshot ?? null;
}
