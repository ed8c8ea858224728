import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import type { TableCount } from './questions/asking.ts';

/** How a restore went: what was found, and when each phase ended; null for one that was not reached. ISO 8601. */
export interface Course {
  readonly instance: InstanceFact | null;
  readonly findings: readonly Finding[];
  readonly counts: readonly TableCount[];
  readonly beganAt: string | null;
  readonly availableAt: string | null;
  readonly connectedAt: string | null;
  readonly askedAt: string | null;
  readonly removedAt: string | null;
}

export const notBegun: Course = {
  instance: null,
  findings: [],
  counts: [],
  beganAt: null,
  availableAt: null,
  connectedAt: null,
  askedAt: null,
  removedAt: null,
};
