import { PreconditionError } from '../../shared/job/errors.ts';
import { carriesTags, isNightSlot, ownTags } from '../../shared/job/slot.ts';
import type { RestoreFrom } from '../../shared/restore/restore-order.ts';
import type { CopyFact, SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';
import { identifierOfArn } from '../../shared/snapshot/snapshot-fact.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import type { DrillRequest } from './event.ts';
import type { Facts } from './facts.ts';

/** What is restored, and why this. */
export interface Chosen {
  readonly from: RestoreFrom;
  /** The moment that the restored database will stand at, ISO 8601, UTC. */
  readonly restoredTo: string;
  /** By which name rows were counted and exports were made: a copy's own source. Null for a moment. */
  readonly snapshot: string | null;
  readonly reason: string;
}

export interface ChoiceContext {
  readonly stage: string;
  readonly database: string;
}

/** Throws PreconditionError where there is nothing usable, with what there is instead. */
export function chooseBackup(
  facts: Facts,
  { wanted, instance }: Pick<DrillRequest, 'wanted' | 'instance'>,
  context: ChoiceContext,
): Chosen {
  switch (wanted.kind) {
    case 'newest automated snapshot':
      return newestAutomated(facts, instance, context);
    case 'newest snapshot':
      return ofSnapshot(
        newestOf(
          facts.snapshots.filter((snapshot) => !isSafetySnapshot(snapshot, context)),
          `snapshot of ${instance}`,
        ),
        'the newest of all',
      );
    case 'newest copy':
      return ofSnapshot(
        newestOf(facts.snapshots, `copy of a snapshot of ${instance} in ${wanted.region}`),
        `the newest copy in ${wanted.region}`,
      );
    case 'snapshot':
      return ofSnapshot(named(facts.snapshots, wanted.identifier), 'asked for by its name');
    case 'latest restorable time':
      return ofMoment(facts, instance, latestOf(facts, instance), 'the latest restorable time');
    case 'time':
      return ofMoment(facts, instance, wanted.time, 'asked for by its time');
  }
}

/** Where RDS takes none, the snapshots of Nightshift's own nights stand for them. */
function newestAutomated({ snapshots }: Facts, instance: string, context: ChoiceContext): Chosen {
  const automated = snapshots.filter(({ type }) => type === 'automated');
  if (automated.some(isUsable))
    return ofSnapshot(newestOf(automated, ''), 'the newest automated one that is complete');
  const own = snapshots.filter((snapshot) => isOfANight(snapshot, context));
  if (own.some(isUsable)) {
    return ofSnapshot(newestOf(own, ''), 'the newest of Nightshift’s own, since no automated one is usable');
  }
  return ofSnapshot(newestOf([...automated, ...own], `automated snapshot of ${instance}`), '');
}

/** It holds what an earlier restore was to undo, and is only restored by its name. */
export function isSafetySnapshot({ tags }: SnapshotFact, { stage, database }: ChoiceContext): boolean {
  const slot = tags['nightshift:slot'] ?? '';
  return carriesTags(tags, ownTags(drillJobName, { stage, database, slot }));
}

function isOfANight({ tags }: SnapshotFact, { stage, database }: ChoiceContext): boolean {
  const slot = tags['nightshift:slot'] ?? '';
  return isNightSlot(slot) && carriesTags(tags, ownTags('snapshot-export', { stage, database, slot }));
}

const isUsable = ({ status, createdAt }: SnapshotFact) => status === 'available' && createdAt !== null;

function newestOf(snapshots: readonly SnapshotFact[], what: string): SnapshotFact {
  const [newest] = snapshots
    .filter(isUsable)
    .toSorted((a, b) => Date.parse(b.createdAt ?? '') - Date.parse(a.createdAt ?? ''));
  if (newest) return newest;
  const others = snapshots.map(({ identifier, status }) => `${identifier} is ${status}`).join(', ');
  throw new PreconditionError(
    `There is no usable ${what}: nothing can be restored. ${others || 'There is none at all'}. See the backup retention of the instance and its events in RDS.`,
  );
}

function named([snapshot]: readonly SnapshotFact[], identifier: string): SnapshotFact {
  if (!snapshot) {
    throw new PreconditionError(
      `RDS knows no snapshot ${identifier}. See what there is: nightshift backup list`,
    );
  }
  if (isUsable(snapshot)) return snapshot;
  throw new PreconditionError(
    `The snapshot ${identifier} is ${snapshot.status}, and only one that is available can be restored. Wait for it, or choose another: nightshift backup list`,
  );
}

function ofSnapshot(snapshot: SnapshotFact | CopyFact, reason: string): Chosen {
  const source = 'sourceArn' in snapshot ? identifierOfArn(snapshot.sourceArn) : snapshot.identifier;
  return {
    from: { kind: 'snapshot', identifier: snapshot.identifier },
    restoredTo: snapshot.createdAt ?? '',
    snapshot: source,
    reason,
  };
}

function latestOf({ source, retained }: Facts, instance: string): string {
  const latest = source ? source.latestRestorableTime : retained?.latest;
  if (latest) return latest;
  throw new PreconditionError(noMoments(instance, source?.backupRetentionDays));
}

function noMoments(instance: string, retentionDays: number | undefined): string {
  return `No moment of ${instance} can be restored: ${
    retentionDays === undefined
      ? 'the instance is gone, and no automated backups of it were retained'
      : `its backup retention is ${retentionDays} days, and RDS tells no latest restorable time`
  }. Restore a snapshot instead, and see its backup retention.`;
}

function ofMoment(facts: Facts, instance: string, time: string, reason: string): Chosen {
  const latest = latestOf(facts, instance);
  if (Date.parse(time) > Date.parse(latest)) {
    throw new PreconditionError(
      `${instance} cannot be restored to ${time}: its latest restorable time is ${latest}, which lags some five minutes behind. Wait, or ask for an earlier time.`,
    );
  }
  const { retained, source } = facts;
  const automatedBackupsArn = source ? null : (retained?.arn ?? null);
  return {
    from: { kind: 'time', time, sourceInstance: instance, automatedBackupsArn },
    restoredTo: time,
    snapshot: null,
    reason,
  };
}
