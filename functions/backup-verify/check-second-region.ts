import type { Finding } from '../../shared/verify/finding.ts';
import { type Answer, isAnswered, valueIn } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts } from './facts.ts';
import { fail, pass } from './say.ts';

const check = 'second region';

/** What a restore over there stands in: each must exist before it is needed. */
export function checkSecondRegion(facts: Facts, { copyTo, settings }: Expected): Finding[] {
  const wanted = settings.secondRegion;
  if (!copyTo || !wanted) return [];
  const { subnetGroup, parameterGroup, secret } = facts.secondRegion;
  const major = valueIn(facts.instance)?.engineVersion.split('.')[0];
  return [
    ...judge(`The subnet group ${wanted.subnetGroup}`, copyTo.region, subnetGroup, ({ status }) =>
      status === 'Complete' ? null : `is in the state ${status}`,
    ),
    ...judge(`The parameter group ${wanted.parameterGroup}`, copyTo.region, parameterGroup, ({ family }) =>
      major === undefined || family === `postgres${major}`
        ? null
        : `is of the family ${family}, and the instance of postgres${major}`,
    ),
    ...judge(`The secret ${wanted.secretId}`, copyTo.region, secret, ({ deletedAt }) =>
      deletedAt === null ? null : 'is about to be deleted',
    ),
  ];
}

function judge<T>(
  what: string,
  region: string,
  answer: Answer<T | null> | undefined,
  faultOf: (found: T) => string | null,
): Finding[] {
  if (!answer || !isAnswered(answer)) return [];
  const found = answer.value;
  const fault = found === null ? 'does not exist' : faultOf(found);
  if (fault === null) return [pass(check, `${what} is there in ${region}.`)];
  return [
    fail(check, `${what} ${fault} in ${region}.`, {
      advice: `Without it nothing can be restored in ${region}: make it, or mend its name in "backupVerify.secondRegion".`,
    }),
  ];
}
