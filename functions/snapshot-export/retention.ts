import type { SnapshotExportConfig } from '../../shared/config/schema.ts';
import { isNightSlot, ownTags, type Slot } from '../../shared/job/slot.ts';
import type { CopyFact, SnapshotFact, StoredExportFact } from './facts.ts';
import { type Action, carriesTags, jobName } from './plan.ts';

export type PruneAction = Action<'delete snapshot' | 'delete copy' | 'delete export'>;

export interface RetentionContext {
  readonly stage: string;
  readonly database: string;
  readonly settings: SnapshotExportConfig;
  readonly now: Date;
}

export interface Kept {
  readonly snapshots: readonly SnapshotFact[];
  readonly copies: readonly CopyFact[];
  readonly storedExports: readonly StoredExportFact[];
}

/**
 * What has outlived its retention: only what carries this job's own tags for this database, never one that is
 * labelled, never one of the newest N that are usable. Failed ones go once a newer one is usable.
 */
export function planRetention(kept: Kept, context: RetentionContext): PruneAction[] {
  const { snapshotDays, copyDays } = context.settings.retention;
  return [
    ...pruneSnapshots('delete snapshot', kept.snapshots, snapshotDays, context),
    ...pruneSnapshots('delete copy', kept.copies, copyDays, context),
    ...pruneExports(kept.storedExports, context),
  ];
}

function pruneSnapshots(
  kind: 'delete snapshot' | 'delete copy',
  snapshots: readonly SnapshotFact[],
  days: number,
  context: RetentionContext,
): PruneAction[] {
  const { keepNewest } = context.settings.retention;
  const own = snapshots
    .filter((snapshot) => isOurs(snapshot, context))
    .filter(({ tags }) => tags['nightshift:keep'] !== 'true');
  const usable = own.filter(({ status, createdAt }) => status === 'available' && createdAt).sort(newestFirst);
  const oldest = context.now.getTime() - days * 86_400_000;
  const tooOld = usable
    .slice(keepNewest)
    .filter(({ createdAt }) => time(createdAt) < oldest)
    .map(({ identifier }) => ({
      kind,
      target: identifier,
      reason: `older than ${days} days, and ${keepNewest} newer ones are kept`,
    }));
  const failed = usable.length > 0 ? own.filter(({ status }) => status === 'failed') : [];
  return [
    ...tooOld,
    ...failed.map(({ identifier }) => ({
      kind,
      target: identifier,
      reason: 'it failed, and another one is usable',
    })),
  ];
}

function isOurs(snapshot: SnapshotFact, { stage, database }: RetentionContext): boolean {
  const { 'nightshift:slot': _slot, ...tags } = ownTags(jobName, { stage, database, slot: '' as Slot });
  return snapshot.type === 'manual' && carriesTags(snapshot.tags, tags);
}

function pruneExports(stored: readonly StoredExportFact[], context: RetentionContext): PruneAction[] {
  const { keepNewest, exportDays } = context.settings.retention;
  const oldest = context.now.getTime() - exportDays * 86_400_000;
  return stored
    .filter(({ database, slot }) => database === context.database && isNightSlot(slot))
    .sort((a, b) => time(b.startedAt) - time(a.startedAt))
    .slice(keepNewest)
    .filter(({ startedAt }) => time(startedAt) < oldest)
    .map(({ exportId }) => ({
      kind: 'delete export' as const,
      target: exportId,
      reason: `older than ${exportDays} days, and ${keepNewest} newer ones are kept`,
    }));
}

const time = (iso: string | null) => (iso ? Date.parse(iso) : 0);
const newestFirst = (a: SnapshotFact, b: SnapshotFact) => time(b.createdAt) - time(a.createdAt);
