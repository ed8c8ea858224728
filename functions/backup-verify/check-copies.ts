import { describeHours } from '../../shared/job/durations.ts';
import { counted } from '../../shared/verify/counted.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { BackupFact, Facts } from './facts.ts';
import { isAlias, sameKey } from './same-key.ts';
import { backUpNow, fail, few, hoursBetween, pass, time, warn } from './say.ts';

/** The copies in the second region: there, fresh, and under the key that can be used over there. */
export function checkCopies(facts: Facts, expected: Expected, now: Date): Finding[] {
  const { copyTo, settings } = expected;
  if (!copyTo || !facts.copies || !isAnswered(facts.copies)) return [];
  const { newest, failed } = facts.copies.value;
  const limit = describeHours(settings.limits.copyAgeHours);
  const lost: Finding[] =
    failed.length === 0
      ? []
      : [
          warn(
            'failed copies',
            `${counted(failed.length, 'copy', 'copies')} in ${copyTo.region} cannot be restored: ${few(failed)}.`,
            {
              limit: 'none',
              advice: `Delete them: \`aws rds delete-db-snapshot --region ${copyTo.region} --db-snapshot-identifier …\``,
            },
          ),
        ];
  if (!newest?.createdAt) {
    const fact = `There is no copy of a snapshot of ${expected.instance} in ${copyTo.region} that could be restored.`;
    const advice =
      'If the first region is lost, nothing is left. See how the last run of snapshot-export ended (`nightshift status`), and run it again.';
    return [fail('copy age', fact, { limit, advice }), ...lost];
  }
  return [
    judgeInstance(
      judgeAge({ ...newest, createdAt: newest.createdAt }, expected, copyTo.region, now),
      newest.createdAt,
      facts,
    ),
    judgeKey(newest, expected, copyTo),
    ...lost,
  ];
}

/**
 * A copy from before the instance was made is of another one, which had its name. Of a fresh instance none can be there
 * before the next export; an old copy fails by its age.
 */
function judgeInstance(age: Finding, createdAt: string, facts: Facts): Finding {
  const madeAt = valueIn(facts.instance)?.createdAt ?? null;
  if (age.status === 'fail' || madeAt === null || Date.parse(createdAt) >= Date.parse(madeAt)) return age;
  const fact = `${age.fact} That was before the instance was made, ${time(madeAt)}: it is of another one, which had its name.`;
  const advice = `There is no copy of this one yet. The next run of snapshot-export makes one, or: ${backUpNow(new Date(facts.readAt))}.`;
  return { ...age, status: 'warn', fact, advice };
}

function judgeAge(
  { identifier, createdAt }: BackupFact & { createdAt: string },
  { settings }: Expected,
  region: string,
  now: Date,
): Finding {
  const check = 'copy age';
  const hours = settings.limits.copyAgeHours;
  const old = hoursBetween(createdAt, now);
  const fact = `The newest copy in ${region}, ${identifier}, holds the database as of ${time(createdAt)}, ${describeHours(old)} ago.`;
  const limit = describeHours(hours);
  if (old <= hours) return pass(check, fact, { limit });
  const advice = `See how the last runs of snapshot-export ended (\`nightshift status\`), and make another: ${backUpNow(now)}.`;
  return fail(check, fact, { limit, advice });
}

/** A copy is written under its key, so that a fresh one proves that the key was there and usable. */
function judgeKey(
  { identifier, encrypted, kmsKeyId }: BackupFact,
  { settings }: Expected,
  { region, kmsKeyId: wanted }: NonNullable<Expected['copyTo']>,
): Finding {
  const check = 'copy encryption';
  if (!encrypted) {
    const fact = `The copy ${identifier} in ${region} is not encrypted.`;
    if (!settings.posture.encrypted) return pass(check, fact);
    const advice =
      'Name a key of that region in "copyTo.kmsKeyId", and delete the copies that are in the clear.';
    return fail(check, fact, { limit: 'encrypted', advice });
  }
  const fact = `The copy ${identifier} was written under ${kmsKeyId ?? 'a key that RDS does not tell'}.`;
  if (wanted === undefined || isAlias(wanted)) return pass(check, fact, { limit: 'encrypted' });
  if (sameKey(kmsKeyId, wanted)) return pass(check, fact, { limit: wanted });
  const advice =
    'See who may use and delete that key; what the config names now takes effect with the next copy.';
  return fail(check, fact, { limit: wanted, advice });
}
