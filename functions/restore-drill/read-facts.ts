import { DescribeDBInstanceAutomatedBackupsCommand, type RDSClient } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { explained } from '../../shared/aws/explain.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { isNightSlot } from '../../shared/job/slot.ts';
import { describeInstance, describeInstances } from '../../shared/restore/describe-instances.ts';
import { drillIdentifier } from '../../shared/restore/drill-instance.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import { readCopies, readSnapshot, readSnapshots } from '../../shared/snapshot/read-snapshots.ts';
import type { CopyFact, SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';
import type { AutomatedBackupFact, Facts } from './facts.ts';
import type { DrillJob } from './job.ts';
import { isRecoveryOf } from './recovery-instance.ts';

/** All that a plan is made of. What a step keeps must be small, so that only what may be restored is kept. */
export async function readFacts(job: DrillJob): Promise<Facts> {
  const { instance, wanted, region } = job.request;
  const home = job.extra.rdsIn(job.config.region);
  const [source, snapshots, present] = await Promise.all([
    describeInstance(home, instance),
    explained(`Listing the snapshots of ${instance} in ${region}`, () => readCandidates(job)),
    readPresent(job),
  ]);
  const isMoment = wanted.kind === 'time' || wanted.kind === 'latest restorable time';
  const retained = isMoment && !source ? await readRetained(home, instance) : null;
  return { source: source ?? null, snapshots, retained, present: present ?? null };
}

const keptCandidates = 10;

async function readCandidates(job: DrillJob): Promise<(SnapshotFact | CopyFact)[]> {
  const { instance, wanted, region } = job.request;
  const rds = job.extra.rdsIn(region);
  switch (wanted.kind) {
    case 'newest automated snapshot':
    case 'newest snapshot':
      return newest(await readSnapshots(rds, instance));
    case 'newest copy':
      return newest((await readCopies(rds, instance)).filter(({ sourceArn }) => sourceArn !== ''));
    case 'snapshot': {
      // Also one of another instance: a source may have been renamed, and what it holds is asked afterwards.
      const found = await readSnapshot(rds, wanted.identifier);
      return found ? [withOwnTags(found)] : [];
    }
    case 'time':
    case 'latest restorable time':
      return [];
  }
}

/** The newest of each kind: enough to choose from, and to say what else there is. */
function newest<T extends SnapshotFact>(snapshots: readonly T[]): T[] {
  const kinds = Map.groupBy(snapshots, kindOf);
  return [...kinds.values()].flatMap((same) =>
    same
      .toSorted((a, b) => begunAt(b) - begunAt(a))
      .slice(0, keptCandidates)
      .map(withOwnTags),
  );
}

/** Those of labelled runs and those taken for safety, however many, crowd out none of a night. */
function kindOf({ type, status, tags }: SnapshotFact): string {
  return [type, status, tags['nightshift:job'], isNightSlot(tags['nightshift:slot'] ?? '')].join(' ');
}

function begunAt({ createdAt }: SnapshotFact): number {
  return createdAt ? Date.parse(createdAt) : Number.POSITIVE_INFINITY;
}

function withOwnTags<T extends SnapshotFact>(snapshot: T): T {
  const own = Object.entries(snapshot.tags).filter(([key]) => key.startsWith('nightshift:'));
  return { ...snapshot, tags: Object.fromEntries(own) };
}

/** A drill has one name for its slot; a real restore is found by its tag, for its name holds the time of its start. */
async function readPresent(job: DrillJob): Promise<InstanceFact | undefined> {
  const { stage, request } = job;
  const rds = job.extra.rdsIn(request.region);
  const parts = { stage, database: request.database, slot: request.slot };
  if (request.keptAs === null) return describeInstance(rds, drillIdentifier(parts));
  const all = await describeInstances(rds).catch(refuseDeployed);
  return (
    all.find((instance) => isRecoveryOf(instance, parts)) ??
    all.find(({ identifier }) => identifier === request.keptAs)
  );
}

/** The deployed role sees the source and its own drills alone: whoever restores for real must see every name that is taken. */
function refuseDeployed(error: unknown): never {
  const { cause } = error as Error;
  if (!hasName(cause, 'AccessDenied', 'AccessDeniedException')) throw error;
  throw new PreconditionError(
    'These credentials may not list the instances: the deployed function does not restore for real. Use `nightshift restore` with credentials of your own, which may describe, snapshot and restore the instances of the account.',
    { cause },
  );
}

async function readRetained(rds: RDSClient, instance: string): Promise<AutomatedBackupFact | null> {
  const { DBInstanceAutomatedBackups = [] } = await explained(
    `Looking for the retained backups of ${instance}`,
    () => rds.send(new DescribeDBInstanceAutomatedBackupsCommand({ DBInstanceIdentifier: instance })),
  );
  const [newestBackup] = DBInstanceAutomatedBackups.toSorted(
    (a, b) => (b.RestoreWindow?.LatestTime?.getTime() ?? 0) - (a.RestoreWindow?.LatestTime?.getTime() ?? 0),
  );
  if (!newestBackup?.DBInstanceAutomatedBackupsArn) return null;
  return {
    arn: newestBackup.DBInstanceAutomatedBackupsArn,
    earliest: newestBackup.RestoreWindow?.EarliestTime?.toISOString() ?? null,
    latest: newestBackup.RestoreWindow?.LatestTime?.toISOString() ?? null,
  };
}
