import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { CopyFact, SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';

/** Backups from which RDS can restore a moment, also of an instance that is gone. Times in ISO 8601, UTC. */
export interface AutomatedBackupFact {
  readonly arn: string;
  readonly earliest: string | null;
  readonly latest: string | null;
}

/** What AWS says that a plan depends on. */
export interface Facts {
  /** The instance whose backups are restored; null where it is gone. */
  readonly source: InstanceFact | null;
  /** Those that may be restored, in the region of the restore; copies carry what they were made of. */
  readonly snapshots: readonly (SnapshotFact | CopyFact)[];
  /** Null where the source is there, or no moment is asked for. */
  readonly retained: AutomatedBackupFact | null;
  /** Whatever has the name that this run would give, or was made for its slot already. */
  readonly present: InstanceFact | null;
}
