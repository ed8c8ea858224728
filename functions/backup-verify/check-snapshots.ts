import { describeHours } from '../../shared/job/durations.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { BackupFact, Facts, InstanceFact, SnapshotsFact } from './facts.ts';
import { isResting } from './instance-state.ts';
import { backUpNow, fail, few, hoursBetween, noBaseline, pass, time, warn } from './say.ts';

/** The automated snapshots: a fresh one, one of each night, none that failed. */
export function checkSnapshots(facts: Facts, expected: Expected, now: Date): Finding[] {
  const snapshots = valueIn(facts.snapshots);
  if (!snapshots) return [];
  return [
    checkAge(snapshots, expected, now, valueIn(facts.instance)),
    checkNights(snapshots, facts, now),
    ...checkFailed(snapshots),
  ];
}

export function isUsable({ status, createdAt }: BackupFact): boolean {
  return status === 'available' && createdAt !== null;
}

/** The newest that can be restored; one that is still being made is none yet. */
export function newestUsable(
  snapshots: readonly BackupFact[],
): (BackupFact & { createdAt: string }) | undefined {
  return usable(snapshots).toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))[0];
}

function usable(snapshots: readonly BackupFact[]): (BackupFact & { createdAt: string })[] {
  return snapshots.filter((one): one is BackupFact & { createdAt: string } => isUsable(one));
}

const age = 'snapshot age';

/** A large change takes RDS this long; one that is stuck must not be waited for any longer. */
const makingHours = 3;

function isBeingMade({ status }: BackupFact): boolean {
  return status === 'creating' || status === 'pending';
}

function checkAge(
  { automated, ofEarlier }: SnapshotsFact,
  { instance, settings }: Expected,
  now: Date,
  is: InstanceFact | null | undefined,
): Finding {
  const hours = settings.limits.snapshotAgeHours;
  const limit = describeHours(hours);
  const newest = newestUsable(automated);
  if (!newest) {
    return fail(
      age,
      `There is no automated snapshot of ${instance} that could be restored.${tellEarlier(ofEarlier)}`,
      {
        limit,
        advice: `See in the events of RDS why none was made (\`aws rds describe-events --source-type db-instance --source-identifier ${instance} --duration 10080\`), and take one now: ${backUpNow(now)}.`,
      },
    );
  }
  const old = hoursBetween(newest.createdAt, now);
  const fact = `The newest usable automated snapshot, ${newest.identifier}, was begun ${time(newest.createdAt)}, ${describeHours(old)} ago.`;
  if (old <= hours) return pass(age, fact, { limit });
  if (old <= hours + makingHours && automated.some(isBeingMade)) {
    const advice = `One is being made now; if it is not there ${makingHours} h after the limit, this fails.`;
    return warn(age, fact, { limit, advice });
  }
  if (is && isResting(is)) {
    return warn(age, fact, { limit, advice: `None is made while the instance is ${is.status}.` });
  }
  return fail(age, fact, {
    limit,
    advice: `No backup was made since: see the events of RDS (\`aws rds describe-events --source-type db-instance --source-identifier ${instance} --duration 4320\`) and the instance's status, and take one now: ${backUpNow(now)}.`,
  });
}

function tellEarlier(identifiers: readonly string[]): string {
  if (identifiers.length === 0) return '';
  const are = identifiers.length === 1 ? 'is of an earlier instance' : 'are of an earlier instance';
  return ` ${identifiers.length} under its name ${are}: ${few(identifiers)}.`;
}

/** Between two nights lies a day, and a little where the window is moved; from here on, a night is missing in between. */
const longestGapHours = 36;

function checkNights({ automated }: SnapshotsFact, facts: Facts, now: Date): Finding {
  const check = 'nights';
  const days = valueIn(facts.instance)?.backupRetentionDays ?? 35;
  const since = now.getTime() - (days + 1) * 86_400_000;
  const begun = usable(automated)
    .map(({ createdAt }) => Date.parse(createdAt))
    .filter((at) => at >= since)
    .toSorted((a, b) => a - b);
  const [oldest] = begun;
  const limit = 'one automated snapshot each night';
  if (oldest === undefined || begun.length < 2) {
    const fact = 'There are not two automated snapshots yet, between which a night could be missing.';
    return noBaseline(check, fact, { limit });
  }
  const missing = begun.slice(1).flatMap((at, index) => nightsBetween(begun[index] ?? at, at));
  const covered = `since ${dateOf(oldest)}`;
  if (missing.length === 0) {
    const fact = `${begun.length} automated snapshots, and no night without one ${covered}.`;
    return pass(check, fact, { limit });
  }
  const fact = `${nights(missing)} without an automated snapshot ${covered}: ${few(missing.map(dateOf))}.`;
  return tellMissing(fact, limit, missing, valueIn(facts.past)?.restingAt ?? []);
}

/** A stopped instance is not backed up, and writes nothing that could be lost. Only nights on which it was seen so count. */
function tellMissing(
  fact: string,
  limit: string,
  missing: readonly number[],
  restingAt: readonly string[],
): Finding {
  const unexplained = missing.filter((night) => !restingAt.some((at) => isOfNight(night, at)));
  if (unexplained.length === 0) {
    return warn('nights', `${fact} The instance was stopped then.`, {
      limit,
      advice:
        'Nothing was written, and nothing is to be done: this passes once the retention has gone by them.',
    });
  }
  const rested = missing.length - unexplained.length;
  const known = rested > 0 ? ` The instance was stopped in ${rested} of them.` : '';
  return fail('nights', `${fact}${known}`, {
    limit,
    advice:
      'What was written then can be restored by point in time alone, if at all: see the events of RDS of those nights, and keep an export or a manual snapshot where the night matters. Where the instance was stopped and no check saw it so, nothing is lost, and this passes once the retention has gone by them.',
  });
}

const nights = ({ length }: readonly number[]) => (length === 1 ? '1 night' : `${length} nights`);

/** A check looks once a day: the one that saw the instance stopped was made within half a day of the missing backup. */
function isOfNight(night: number, seenAt: string): boolean {
  return Math.abs(Date.parse(seenAt) - night) <= 12 * 3_600_000;
}

/** When the missing ones would have been begun. */
function nightsBetween(from: number, to: number): number[] {
  const hours = (to - from) / 3_600_000;
  if (hours <= longestGapHours) return [];
  const missing = Math.round(hours / 24) - 1;
  return Array.from({ length: missing }, (_, index) => from + (index + 1) * 86_400_000);
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** States that pass; what is in any other cannot be restored. */
const passing: readonly string[] = ['available', 'creating', 'copying', 'pending', 'deleting'];

function checkFailed({ automated, failedManual }: SnapshotsFact): Finding[] {
  const check = 'failed snapshots';
  const failed = automated
    .filter(({ status }) => !passing.includes(status))
    .map(({ identifier, status }) => `${identifier} (${status})`);
  if (failed.length > 0) {
    return [
      fail(check, `Of automated snapshots, ${failed.length} cannot be restored: ${few(failed)}.`, {
        limit: 'none',
        advice:
          "See the events of RDS for the reason, and the instance's status; that night's backup is missing.",
      }),
    ];
  }
  if (failedManual.length > 0) {
    return [
      warn(check, `Of manual snapshots, ${failedManual.length} cannot be restored: ${few(failedManual)}.`, {
        limit: 'none',
        advice: 'Delete them: they take places of the quota and are no backup.',
      }),
    ];
  }
  return [pass(check, 'No snapshot has failed.', { limit: 'none' })];
}
