import { auditArchive } from '../../../shared/config/archive.ts';
import type { StageConfig } from '../../../shared/config/schema.ts';

/**
 * The demo's config as somebody might write it who has not heard of the ledger's promise: with a policy for its
 * append-only table alone. A dry run with it shows the refusal, without making a night fail.
 */
export function withRefusedPolicy(config: StageConfig): StageConfig {
  const policy = {
    table: 'public.ledger_entries',
    ageColumn: 'created_at',
    olderThan: '365 days',
    to: { kind: 's3' },
  };
  const databases = Object.entries(config.databases).map(([name, database]) => {
    const archive =
      database.auditArchive && auditArchive.parse({ ...database.auditArchive, policies: [policy] });
    return [name, { ...database, ...(archive ? { auditArchive: archive } : {}) }] as const;
  });
  return { ...config, databases: Object.fromEntries(databases) };
}
