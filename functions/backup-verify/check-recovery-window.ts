import { describeHours } from '../../shared/job/durations.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts, InstanceFact } from './facts.ts';
import { isResting } from './instance-state.ts';
import { type Lag, lagsSinceYesterday } from './past.ts';
import { fail, hoursBetween, noBaseline, pass, time, warn } from './say.ts';

/** From when to when a moment can be restored. */
export function checkRecoveryWindow(facts: Facts, expected: Expected, now: Date): Finding[] {
  const instance = valueIn(facts.instance);
  // Without automated backups there is no window, which the retention's failure says.
  if (!instance || instance.backupRetentionDays === 0) return [];
  const lag = lagOf(facts);
  const past = valueIn(facts.past) ?? null;
  return [
    checkLag(instance, lag, expected),
    ...checkRecoveryPoint(lag, lagsSinceYesterday(past, now), expected),
    ...checkEarliest(facts, instance, expected, now),
  ];
}

/** How far the latest restorable time lies behind now; undefined where RDS tells none. */
export function lagOf(facts: Facts): Lag | undefined {
  const instance = valueIn(facts.instance);
  const latest = instance?.latestRestorableTime;
  // The time of a stopped instance stands still, and nothing is lost by it.
  if (!latest || isResting(instance)) return undefined;
  const seconds = hoursBetween(latest, new Date(facts.readAt)) * 3_600;
  return { at: facts.readAt, seconds: Math.round(seconds) };
}

function checkLag(instance: InstanceFact, lag: Lag | undefined, { settings }: Expected): Finding {
  const check = 'latest restorable time';
  const { restorableLagWarnMinutes: warnAt, restorableLagFailMinutes: failAt } = settings.limits;
  const limit = `${warnAt} min, and ${failAt} min at most`;
  if (isResting(instance)) {
    const fact = `The instance is ${instance.status}: nothing is written, and the latest restorable time stands still.`;
    return noBaseline(check, fact, { limit });
  }
  if (!lag || !instance.latestRestorableTime) {
    const fact = 'RDS tells no latest restorable time: no point in time can be restored yet.';
    const advice = `It is there within an hour after automated backups were switched on. If they were on before, see the events of RDS of ${instance.identifier}.`;
    return fail(check, fact, { limit, advice });
  }
  const fact = `A moment can be restored up to ${time(instance.latestRestorableTime)}, ${describeHours(lag.seconds / 3_600)} ago.`;
  const advice = `RDS uploads the WAL every five minutes as a rule: see whether ${instance.identifier} (${instance.status}) is short of storage, I/O or CPU, and its events. What is written now would be lost.`;
  if (lag.seconds > failAt * 60) return fail(check, fact, { limit, advice });
  if (lag.seconds > warnAt * 60) return warn(check, fact, { limit, advice });
  return pass(check, fact, { limit });
}

function checkRecoveryPoint(lag: Lag | undefined, before: readonly Lag[], { settings }: Expected): Finding[] {
  const check = 'recovery point';
  const promised = settings.limits.recoveryPointMinutes;
  const all = [...before, ...(lag ? [lag] : [])];
  const worst = all.toSorted((a, b) => b.seconds - a.seconds)[0];
  if (!worst || promised === undefined) return [];
  const limit = `the recovery point objective, ${promised} min`;
  const fact = `Of ${all.length === 1 ? 'one look' : `${all.length} looks`} since yesterday, the worst would have lost ${describeHours(worst.seconds / 3_600)}, at ${time(worst.at)}.`;
  if (worst.seconds <= promised * 60) return [pass(check, fact, { limit })];
  const advice = 'The objective was not kept: see what the instance was busy with then, or promise less.';
  return [fail(check, fact, { limit, advice })];
}

/** RDS drops the oldest day as a whole, some time after a new one was backed up. */
const purgingHours = 25;

function checkEarliest(facts: Facts, instance: InstanceFact, expected: Expected, now: Date): Finding[] {
  if (!isAnswered(facts.window)) return [];
  const check = 'earliest restorable time';
  const days = expected.settings.posture.backupRetentionDays;
  const limit = `${days} days back`;
  const earliest = facts.window.value?.earliest ?? null;
  const wanted = now.getTime() - days * 86_400_000 + purgingHours * 3_600_000;
  if (instance.createdAt !== null && Date.parse(instance.createdAt) > wanted) {
    const fact = `The instance was made ${time(instance.createdAt)}${earliest === null ? '' : `, and can be restored as of ${time(earliest)}`}: nothing older is to be expected.`;
    return [noBaseline(check, fact, { limit })];
  }
  if (earliest === null) {
    const advice = 'See the events of RDS: the instance has been there for longer than its backups.';
    return [fail(check, 'RDS tells of no moment that could be restored.', { limit, advice })];
  }
  const fact = `The earliest moment that can be restored is ${time(earliest)}, ${describeHours(hoursBetween(earliest, now))} ago.`;
  if (Date.parse(earliest) <= wanted) return [pass(check, fact, { limit })];
  return [tellShort(check, fact, { facts, earliest, days, limit })];
}

interface Short {
  readonly facts: Facts;
  readonly earliest: string;
  readonly days: number;
  readonly limit: string;
}

/** A window that grows was begun or promised lately; one whose beginning has moved by more than a day has lost something. */
function tellShort(check: string, fact: string, { facts, earliest, days, limit }: Short): Finding {
  const full = time(new Date(Date.parse(earliest) + days * 86_400_000).toISOString());
  const before = valueIn(facts.past)?.earliestRestorable;
  const moved = before ? Date.parse(earliest) - Date.parse(before) : 0;
  if (moved <= purgingHours * 3_600_000) {
    const how = before ? 'It grows from day to day.' : 'Nothing is known of it from earlier days.';
    return warn(check, `${fact} ${how}`, {
      limit,
      advice: `Nothing to do unless somebody has shortened it: it reaches ${days} days on ${full}.`,
    });
  }
  return fail(check, fact, {
    limit,
    advice: `Automated backups were switched off and on, or kept for a shorter time, until lately: see in CloudTrail who called ModifyDBInstance. The window reaches ${days} days again on ${full}.`,
  });
}
