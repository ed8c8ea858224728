import type { Instance } from '../../shared/aws/instance.ts';
import type { CopyFact, SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';

/** What AWS says, in the shape that plans are made of: plain values, times in ISO 8601 UTC, so that they survive a checkpoint. */

export type { CopyFact, SnapshotFact };

export interface ExportTaskFact {
  readonly identifier: string;
  readonly sourceArn: string;
  /** `STARTING`, `IN_PROGRESS`, `COMPLETE`, `FAILED`, `CANCELING`, `CANCELED`. */
  readonly status: string;
  readonly progressPercent: number;
  readonly extractedGB: number;
  readonly exportOnly: readonly string[];
  readonly bucket: string;
  readonly snapshotTime: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly failureCause: string | null;
  readonly warning: string | null;
}

/** An export that lies in the bucket with the mark that this job leaves beside each. */
export interface StoredExportFact {
  readonly exportId: string;
  readonly database: string;
  readonly slot: string;
  readonly startedAt: string;
}

export interface Facts {
  readonly instance: Instance;
  /** Those that this slot may have to do with: its own, fresh automated ones, and what was begun from. */
  readonly snapshots: readonly SnapshotFact[];
  /** Names of snapshots around which rows were counted before; the snapshots themselves may be gone. */
  readonly countedNames: readonly string[];
  /** Every try at this slot's export, the first one first. */
  readonly exportTasks: readonly ExportTaskFact[];
  /** Undefined where the second region could not be asked. */
  readonly copies: readonly CopyFact[] | undefined;
}

/** This job's own snapshots are manual ones; whatever else it exports was made by others. */
export function isAdopted({ type }: Pick<SnapshotFact, 'type'>): boolean {
  return type !== 'manual';
}

export const failedStatuses: readonly string[] = [
  'failed',
  'deleted',
  'deleting',
  'incompatible-restore',
  'incompatible-parameters',
];
export const failedExportStatuses: readonly string[] = ['FAILED', 'CANCELED', 'CANCELING'];
