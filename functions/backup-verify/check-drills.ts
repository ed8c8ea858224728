import { describeHours } from '../../shared/job/durations.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { valueIn } from './answer.ts';
import { isOfEarlierInstance } from './drill-proof.ts';
import type { Expected } from './expected.ts';
import type { DrillFact, Facts } from './facts.ts';
import { fail, hoursBetween, noBaseline, pass, time, warn } from './say.ts';

const check = 'last drill';

/** Whether a restore was really done, lately, and whether one has failed since. */
export function checkDrills(facts: Facts, expected: Expected, now: Date): Finding[] {
  const drills = valueIn(facts.drills);
  if (!drills) return [];
  const { lastSuccess, failedSince } = drills;
  const failed: Finding[] = failedSince
    ? [
        fail(
          check,
          `The drill ${failedSince.slot} failed at ${time(failedSince.endedAt)}: ${failedSince.reason}.`,
          {
            limit: 'the last one succeeded',
            advice:
              'Its record and message say what and why: docs/runbooks/restore-drill.md. Mend it, and start a drill by hand.',
          },
        ),
      ]
    : [];
  return [...failed, lastSuccess ? judgeProof(lastSuccess, facts, expected, now) : tellNone(expected)];
}

function tellNone({ isDrilled }: Expected): Finding {
  const fact =
    'No restore drill has succeeded yet: nobody knows whether a backup can be restored, and how long it takes.';
  if (!isDrilled) return noBaseline(check, fact, { advice: 'Configure "restoreDrill" for the database.' });
  return warn(check, fact, {
    advice: 'Start one by hand (`nightshift restore latest --verify-only`), or wait for its schedule.',
  });
}

/** How old the proof is goes by what was restored: a drill of today that restored last year's backup proves that one. */
function judgeProof(drill: DrillFact, facts: Facts, { settings }: Expected, now: Date): Finding {
  const { endedAt, slot, report } = drill;
  const { drillAgeDays } = settings.limits;
  const days = hoursBetween(report.restoredTo, now) / 24;
  const fact = `The drill ${slot} restored ${report.snapshot ?? time(report.restoredTo)} at ${time(endedAt)}, in ${describeHours(report.recoverySeconds / 3_600)}.`;
  const limit = drillAgeDays === 1 ? '1 day' : `${drillAgeDays} days`;
  const createdAt = valueIn(facts.instance)?.createdAt;
  if (createdAt && isOfEarlierInstance(drill, facts)) {
    return warn(
      check,
      `${fact} That was before the instance was made, ${time(createdAt)}: another one had its name.`,
      {
        limit,
        advice: 'Start a drill by hand: `nightshift restore latest --verify-only`.',
      },
    );
  }
  if (days <= drillAgeDays) return pass(check, fact, { limit });
  const advice =
    'A proof of what is as old as this proves little: see why no drill has succeeded since (`nightshift status`), or start one by hand: `nightshift restore latest --verify-only`.';
  return warn(check, fact, { limit, advice });
}
