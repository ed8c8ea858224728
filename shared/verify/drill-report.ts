import type { Finding } from './finding.ts';

/** What a drill leaves in its run record; the daily verdict reads it. Times in seconds. */
export interface DrillReport {
  readonly instance: string;
  /** Identifier of what was restored, or null for a point in time. */
  readonly snapshot: string | null;
  /** The moment that the restored database stands at, ISO 8601, UTC. */
  readonly restoredTo: string;
  readonly engineVersion: string;
  readonly phases: {
    readonly restoring: number;
    readonly connecting: number;
    readonly asking: number;
    readonly deleting: number;
  };
  /** From the call that restores to the last answer: what a recovery would take. */
  readonly recoverySeconds: number;
  readonly recoveryTimeMinutes: number | null;
  readonly findings: readonly Finding[];
  /** Key of the object that holds the rows of each table that was counted, for the next drill; null where none was. */
  readonly countsKey: string | null;
}

export const drillJobName = 'restore-drill';

/** What a real restore says of how it was started: one that fails before it restores anything leaves no report. */
export const recoveryTrigger = 'by hand, to keep';
