import type { DrillReport } from '../../shared/verify/drill-report.ts';
import type { Answer } from './answer.ts';
import type { Past } from './past.ts';

/** What was found, in the shape that checks work on: plain values, times in ISO 8601 UTC, so that they survive a checkpoint. */

/** The instance, as far as it is held against the config. */
export interface InstanceFact {
  readonly identifier: string;
  /** `DbiResourceId`: an instance that is made anew under the same name has another. */
  readonly resourceId: string | null;
  readonly status: string;
  readonly createdAt: string | null;
  /** `15.18` */
  readonly engineVersion: string;
  readonly latestRestorableTime: string | null;
  readonly backupRetentionDays: number;
  readonly backupWindow: string | null;
  readonly encrypted: boolean;
  /** ARN of the key; null where it is not encrypted. */
  readonly kmsKeyId: string | null;
  readonly publiclyAccessible: boolean;
  readonly deletionProtection: boolean;
  readonly multiAz: boolean;
  readonly allocatedGiB: number;
  /** Storage autoscaling goes up to this; null where it is off. */
  readonly maxAllocatedGiB: number | null;
  readonly exportedLogs: readonly string[];
  readonly parameterGroup: string | null;
  /** Whether values of the parameter group wait for a reboot. */
  readonly rebootPending: boolean;
}

export interface RecoveryWindow {
  readonly earliest: string | null;
  readonly latest: string | null;
}

export interface BackupFact {
  readonly identifier: string;
  readonly status: string;
  /** When it was begun, also of a copy; null until it is available. */
  readonly createdAt: string | null;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | null;
  /** Null where RDS does not tell. */
  readonly sizeBytes: number | null;
}

/** The snapshots of one instance in one region; a checkpoint has no place for a thousand of them. */
export interface SnapshotsFact {
  /** The newest, and among them all that the retention covers. */
  readonly automated: readonly BackupFact[];
  /** The newest usable manual one. */
  readonly newestManual: BackupFact | null;
  readonly manualCount: number;
  /** Identifiers of manual ones that are of no use. */
  readonly failedManual: readonly string[];
  /** Identifiers of those of an earlier instance of the same name, the newest first; none of them counts above. */
  readonly ofEarlier: readonly string[];
}

export interface CopiesFact {
  readonly newest: BackupFact | null;
  readonly count: number;
  readonly failed: readonly string[];
}

/** Who may restore the snapshots of an instance in a region. */
export interface SharingFact {
  readonly region: string;
  /** Of manual snapshots; automated ones cannot be shared. */
  readonly snapshots: number;
  /** So many of them were asked for their attributes. */
  readonly asked: number;
  readonly publicOnes: readonly string[];
  readonly shared: readonly { readonly snapshot: string; readonly accounts: readonly string[] }[];
}

export interface QuotaFact {
  readonly region: string;
  readonly used: number;
  readonly most: number;
}

/** Values by name; null where the engine's own default holds. */
export type ParametersFact = Readonly<Record<string, string | null>>;

/** What a restore in the second region needs: what was found of it, null where there is none of that name. */
export interface SecondRegionFact {
  readonly subnetGroup?: Answer<{ readonly status: string } | null>;
  readonly parameterGroup?: Answer<{ readonly family: string } | null>;
  readonly secret?: Answer<{ readonly deletedAt: string | null } | null>;
}

export interface DrillFact {
  readonly slot: string;
  readonly endedAt: string;
  readonly report: Pick<DrillReport, 'snapshot' | 'restoredTo' | 'recoverySeconds' | 'recoveryTimeMinutes'>;
}

export interface FailedDrillFact {
  readonly slot: string;
  readonly endedAt: string;
  readonly reason: string;
}

export interface DrillsFact {
  readonly lastSuccess: DrillFact | null;
  /** Where one failed after the last success. */
  readonly failedSince: FailedDrillFact | null;
}

export interface Facts {
  /** What "now" is for every check. */
  readonly readAt: string;
  readonly instance: Answer<InstanceFact | null>;
  readonly window: Answer<RecoveryWindow | null>;
  readonly snapshots: Answer<SnapshotsFact>;
  /** Null, here and below, where the config asks for no such thing. */
  readonly parameters: Answer<ParametersFact> | null;
  readonly quotas: readonly Answer<QuotaFact | null>[];
  readonly sharing: readonly Answer<SharingFact>[];
  readonly copies: Answer<CopiesFact> | null;
  readonly secondRegion: SecondRegionFact;
  /** All files of the last export of a night together; null where there is none. */
  readonly exportBytes: Answer<number | null> | null;
  readonly past: Answer<Past | null>;
  readonly drills: Answer<DrillsFact>;
}
