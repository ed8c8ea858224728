import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts, QuotaFact } from './facts.ts';
import { fail, pass, warn } from './say.ts';

/** Whether there is place for tomorrow's manual snapshot, and for its copy. */
export function checkQuota(facts: Facts, expected: Expected): Finding[] {
  return facts.quotas.filter(isAnswered).map(({ value }) => {
    if (value) return judge(value, expected.settings.limits.snapshotQuotaShare);
    return warn('snapshot quota', 'RDS names no quota for manual snapshots.', {
      advice: 'See the quotas of RDS in the console: Service Quotas, "Manual DB instance snapshots".',
    });
  });
}

function judge({ region, used, most }: QuotaFact, share: number): Finding {
  const check = 'snapshot quota';
  const fact = `${used} of ${most} manual snapshots are used in ${region}.`;
  const limit = `${Math.floor(most * share)}`;
  const advice =
    'See what is no longer needed (`nightshift backup list`, `nightshift backup cleanup --dry-run`), or have the quota raised.';
  if (used >= most) return fail(check, `${fact} No further one can be taken.`, { limit, advice });
  return used > most * share ? warn(check, fact, { limit, advice }) : pass(check, fact, { limit });
}
