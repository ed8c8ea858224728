import type { Method } from './plan.ts';

/** How a view's part of a run ended. */
export type ViewStatus =
  | 'refreshed'
  /** Nothing that it reads has changed. */
  | 'skipped'
  /** Left for the maintenance window. */
  | 'postponed'
  /** The night was over first; what had begun goes on in the server. */
  | 'unfinished'
  | 'failed'
  | 'refused'
  /** What it reads could not be brought up to date. */
  | 'held up';

/** One view in the run record. Times in ISO 8601, UTC. */
export interface ViewOutcome {
  readonly view: string;
  readonly status: ViewStatus;
  /** Why it was refreshed, or why not; null where there is nothing to say. */
  readonly reason: string | null;
  readonly remedy: string | null;
  /** Of its last refresh, be it of this run or before; null where Nightshift never refreshed it. */
  readonly method: Method | null;
  readonly seconds: number | null;
  readonly rows: number | null;
  readonly bytes: number;
  /** Since the refresh before that one; null where there was none. */
  readonly grownBytes: number | null;
  /** What it holds is known to be as of this moment; null where that is not known. */
  readonly asOf: string | null;
  /** Older than this is an alert. */
  readonly freshWithinHours: number;
}

/** Statuses that fail the run. */
const bad: readonly ViewStatus[] = ['failed', 'refused', 'held up'];

export const isBad = ({ status }: Pick<ViewOutcome, 'status'>): boolean => bad.includes(status);

/** How old a view's contents may be, in hours; infinite where nobody knows. */
export function ageHours({ asOf }: Pick<ViewOutcome, 'asOf'>, now: Date): number {
  return asOf === null ? Number.POSITIVE_INFINITY : (now.getTime() - Date.parse(asOf)) / 3_600_000;
}

export function isStale(outcome: Pick<ViewOutcome, 'asOf' | 'freshWithinHours'>, now: Date): boolean {
  return ageHours(outcome, now) > outcome.freshWithinHours;
}
