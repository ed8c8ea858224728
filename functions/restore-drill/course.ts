import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { Finding } from '../../shared/verify/finding.ts';

/** How a restore went: what was found, and when each phase ended; null for one that was not reached. ISO 8601. */
export interface Course {
  readonly instance: InstanceFact | null;
  readonly findings: readonly Finding[];
  /** Where it is kept how many rows each table had. */
  readonly countsKey: string | null;
  /** Null where none was to be taken, or none could be. */
  readonly safety: SafetySnapshot | null;
  readonly beganAt: string | null;
  readonly availableAt: string | null;
  readonly connectedAt: string | null;
  readonly askedAt: string | null;
  readonly removedAt: string | null;
}

/** Of the source, before a real restore: available, after so many seconds. */
export interface SafetySnapshot {
  readonly identifier: string;
  readonly seconds: number;
}

export const notBegun: Course = {
  instance: null,
  findings: [],
  countsKey: null,
  safety: null,
  beganAt: null,
  availableAt: null,
  connectedAt: null,
  askedAt: null,
  removedAt: null,
};

/** In tenths; 0 where one of them was not reached. */
export function secondsBetween(from: string | null, to: string | null): number {
  if (from === null || to === null) return 0;
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10);
}
