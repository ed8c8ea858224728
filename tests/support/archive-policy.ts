import { type ArchivePolicy, readPolicy } from '../../functions/audit-archive/policy.ts';
import { auditArchive } from '../../shared/config/archive.ts';

/** A policy as the config's defaults leave it; tests vary it. */
export function policyOf(changes: object = {}): ArchivePolicy {
  const { policies } = auditArchive.parse({
    policies: [
      {
        table: 'public.audit_log',
        ageColumn: 'timestamp',
        olderThan: '365 days',
        to: { kind: 's3' },
        ...changes,
      },
    ],
  });
  const [policy] = policies;
  if (!policy) throw new Error('the fixture has no policy');
  return readPolicy(policy);
}
