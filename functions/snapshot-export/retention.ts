import type { SnapshotExportConfig } from '../../shared/config/schema.ts';
import { carriesTags, isNameOf, isNightSlot, ownTags } from '../../shared/job/slot.ts';
import type { CopyFact, SnapshotFact, StoredExportFact } from './facts.ts';
import { type Action, jobName } from './plan.ts';

/** `createdAt` is when the target was begun, as it was known when this was planned: it must be so still when it goes. */
export type PruneAction = Action<'delete snapshot' | 'delete copy' | 'delete export'> & {
  readonly createdAt: string | null;
};

export interface Owner {
  readonly stage: string;
  readonly database: string;
}

export interface RetentionContext extends Owner {
  readonly settings: SnapshotExportConfig;
  readonly now: Date;
}

export interface Kept {
  readonly snapshots: readonly SnapshotFact[];
  readonly copies: readonly CopyFact[];
  readonly storedExports: readonly StoredExportFact[];
  /** Ids of the newest nightly exports that have a manifest, the newest first: at least `keepNewest` or all there are. */
  readonly provedExports: readonly string[];
}

/**
 * What has outlived its retention: only what is a night's by both its tags and its name, never one of the newest N
 * that are usable, which for an export means proved. A failed one goes once one of its night or a later is usable.
 */
export function planRetention(kept: Kept, context: RetentionContext): PruneAction[] {
  const { snapshotDays, copyDays } = context.settings.retention;
  return [
    ...pruneSnapshots('delete snapshot', kept.snapshots, snapshotDays, context),
    ...pruneSnapshots('delete copy', kept.copies, copyDays, context),
    ...pruneExports(kept, context),
  ];
}

/**
 * Whether this job made the snapshot for a night. The tags alone do not say so: they come along with copies made by
 * hand and with instances that are restored.
 */
export function isOwnNight({ identifier, type, tags }: SnapshotFact, owner: Owner): boolean {
  const slot = tags['nightshift:slot'] ?? '';
  return (
    type === 'manual' &&
    isNightSlot(slot) &&
    tags['nightshift:keep'] !== 'true' &&
    carriesTags(tags, ownTags(jobName, { ...owner, slot })) &&
    isNameOf(identifier, { ...owner, slot })
  );
}

function pruneSnapshots(
  kind: 'delete snapshot' | 'delete copy',
  snapshots: readonly SnapshotFact[],
  days: number,
  { stage, database, settings, now }: RetentionContext,
): PruneAction[] {
  const { keepNewest } = settings.retention;
  const own = snapshots.filter((snapshot) => isOwnNight(snapshot, { stage, database }));
  const usable = own.filter(({ status, createdAt }) => status === 'available' && createdAt).sort(newestFirst);
  const oldest = oldestKept(now, days);
  const tooOld = usable.slice(keepNewest).filter(({ createdAt }) => time(createdAt) < oldest);
  const lastNight = usable.reduce((last, each) => (night(each) > last ? night(each) : last), '');
  const failed = own.filter((each) => each.status === 'failed' && night(each) <= lastNight);
  const remove = (reason: string) => (snapshot: SnapshotFact) => ({
    kind,
    target: snapshot.identifier,
    reason,
    createdAt: snapshot.createdAt,
  });
  return [
    ...tooOld.map(remove(`older than ${days} days, and ${keepNewest} newer ones are kept`)),
    ...failed.map(remove('it failed, and one of its night or a later is usable')),
  ];
}

function pruneExports({ storedExports, provedExports }: Kept, context: RetentionContext): PruneAction[] {
  const { keepNewest, exportDays } = context.settings.retention;
  const own = ownNightlyExports(storedExports, context).map(({ exportId }) => exportId);
  const proved = provedExports.filter((exportId) => own.includes(exportId));
  const kept = new Set(proved.slice(0, keepNewest));
  return outlivedExports(storedExports, context)
    .filter(({ exportId }) => !kept.has(exportId))
    .map(({ exportId, startedAt }) => ({
      kind: 'delete export' as const,
      target: exportId,
      reason: `older than ${exportDays} days, and none of the newest ${keepNewest} that are proved`,
      createdAt: startedAt,
    }));
}

/** The exports of this database's nights; those under a label stay until they are deleted by hand. */
export function ownNightlyExports(
  stored: readonly StoredExportFact[],
  { stage, database }: Owner,
): StoredExportFact[] {
  return stored.filter(
    (each) =>
      each.database === database &&
      isNightSlot(each.slot) &&
      isNameOf(each.exportId, { stage, database, slot: each.slot }),
  );
}

/** Those among them that are too old by their age alone, the newest first. */
export function outlivedExports(
  stored: readonly StoredExportFact[],
  context: RetentionContext,
): StoredExportFact[] {
  const oldest = oldestKept(context.now, context.settings.retention.exportDays);
  return ownNightlyExports(stored, context)
    .filter(({ startedAt }) => time(startedAt) < oldest)
    .sort((a, b) => time(b.startedAt) - time(a.startedAt));
}

const oldestKept = (now: Date, days: number) => now.getTime() - days * 86_400_000;
const time = (iso: string | null) => (iso ? Date.parse(iso) : 0);
const night = ({ tags }: SnapshotFact) => tags['nightshift:slot'] ?? '';
const newestFirst = (a: SnapshotFact, b: SnapshotFact) => time(b.createdAt) - time(a.createdAt);
