import { AwsFault } from '../../gateway/service.ts';
import { identifierIn } from '../arn.ts';
import { type RdsContext, stateOf } from '../context.ts';
import type { Snapshot } from '../state.ts';

/** A snapshot by identifier, or by ARN in whatever region. Throws `DBSnapshotNotFound`. */
export function findSnapshot(rds: RdsContext, region: string, given: string): Snapshot {
  const named = identifierIn(given, 'snapshot', region);
  const snapshot = rds.regions.get(named.region)?.snapshots.get(named.identifier);
  if (!snapshot) throw new AwsFault('DBSnapshotNotFound', `DBSnapshot not found: ${named.identifier}`, 404);
  return snapshot;
}

/** Throws `DBSnapshotAlreadyExists`, or `SnapshotQuotaExceeded` when the region has no place for a manual one more. */
export function requirePlaceForSnapshot(rds: RdsContext, region: string, identifier: string): void {
  const { snapshots } = stateOf(rds, region);
  if (snapshots.has(identifier)) {
    throw new AwsFault(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
    );
  }
  const manual = [...snapshots.values()].filter(({ type }) => type === 'manual').length;
  if (manual >= rds.quotas.manualSnapshots) {
    throw new AwsFault(
      'SnapshotQuotaExceeded',
      `Cannot create more than ${rds.quotas.manualSnapshots} manual snapshots.`,
    );
  }
}
