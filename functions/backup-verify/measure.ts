import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import { lagOf } from './check-recovery-window.ts';
import { newestUsable } from './check-snapshots.ts';
import type { Expected } from './expected.ts';
import type { Facts } from './facts.ts';
import { hoursBetween } from './say.ts';

/** What the verdict and the metrics say in numbers; null for what is not known, or is not there. */
export interface Measured {
  /** The latest state that can be had back, and what it is had back from. */
  readonly restorableTo: string | null;
  readonly restorableFrom: string | null;
  readonly earliestRestorable: string | null;
  /** Of the newest usable automated snapshot. */
  readonly backupAgeHours: number | null;
  readonly restorableLagSeconds: number | null;
  /** What the last drill took, from the call that restores to the last answer. */
  readonly drillSeconds: number | null;
  /** Of the last success; without any, for how long one has been missing. */
  readonly drillAgeDays: number | null;
}

export function measureFacts(facts: Facts, expected: Pick<Expected, 'isDrilled'>): Measured {
  const now = new Date(facts.readAt);
  const automated = newestUsable(valueIn(facts.snapshots)?.automated ?? []);
  const drill = valueIn(facts.drills)?.lastSuccess;
  const provedAt = drill?.endedAt ?? undrilledSince(facts, expected);
  const { to, from } = latestState(facts);
  return {
    restorableTo: to,
    restorableFrom: from,
    earliestRestorable: valueIn(facts.window)?.earliest ?? null,
    backupAgeHours: automated ? rounded(hoursBetween(automated.createdAt, now)) : null,
    restorableLagSeconds: lagOf(facts)?.seconds ?? null,
    drillSeconds: drill?.report.recoverySeconds ?? null,
    drillAgeDays: provedAt === null ? null : rounded(hoursBetween(provedAt, now) / 24),
  };
}

/** Since when a first drill is missing: an alarm on its age would wait for ever for a drill that never comes. */
export function undrilledSince(
  { drills, past, readAt }: Facts,
  { isDrilled }: Pick<Expected, 'isDrilled'>,
): string | null {
  if (!isDrilled || !isAnswered(drills) || drills.value.lastSuccess || !isAnswered(past)) return null;
  return past.value?.undrilledSince ?? readAt;
}

interface State {
  readonly to: string | null;
  readonly from: string | null;
}

/** A point in time is later than any snapshot; without one, the newest snapshot counts, in whichever region. */
function latestState(facts: Facts): State {
  const instance = valueIn(facts.instance);
  if (instance?.latestRestorableTime && instance.backupRetentionDays > 0) {
    return { to: instance.latestRestorableTime, from: 'a point in time' };
  }
  const snapshots = valueIn(facts.snapshots);
  const copy = facts.copies && valueIn(facts.copies)?.newest;
  const newest = newestUsable([
    ...(snapshots?.automated ?? []),
    ...(snapshots?.newestManual ? [snapshots.newestManual] : []),
    ...(copy ? [copy] : []),
  ]);
  return newest
    ? { to: newest.createdAt, from: `the snapshot ${newest.identifier}` }
    : { to: null, from: null };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

export function countOf(findings: readonly Finding[], status: Finding['status']): number {
  return findings.filter((finding) => finding.status === status).length;
}
