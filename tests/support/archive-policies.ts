import { type ArchivePolicy, readPolicy } from '../../functions/audit-archive/policy.ts';
import { parseConfig } from '../../shared/config/define.ts';
import type { AuditArchiveConfig, NightshiftConfigInput } from '../../shared/config/schema.ts';
import { stageInput } from './stage-config.ts';

type DatabaseInput = NightshiftConfigInput['stages'][string]['databases'][string];
export type PolicyInput = NonNullable<DatabaseInput['auditArchive']>['policies'][number];
export type ArchiveInput = NonNullable<DatabaseInput['auditArchive']>;

/** The least that a policy may say; tests vary it by spread. */
export const policyInput: PolicyInput = {
  table: 'public.audit_log',
  ageColumn: 'timestamp',
  olderThan: '365 days',
  to: { kind: 's3' },
};

/** A stage with one database that archives as told, validated. */
export function archiveStage(auditArchive: ArchiveInput) {
  const menotime = { ...stageInput.databases.menotime, auditArchive };
  const config = { stages: { test: { ...stageInput, databases: { menotime } } } };
  const stage = parseConfig(config, 'the test’s config').stages.test;
  if (!stage) throw new Error('The config that was just made has no stage.');
  return stage;
}

/** Validated settings of these policies. */
export function archiveSettings(
  policies: readonly PolicyInput[],
  more: Partial<ArchiveInput> = {},
): AuditArchiveConfig {
  const settings = archiveStage({ ...more, policies: [...policies] }).databases.menotime?.auditArchive;
  if (!settings) throw new Error('The config that was just made archives nothing.');
  return settings;
}

export function policiesOf(...policies: readonly Partial<PolicyInput>[]): ArchivePolicy[] {
  return archiveSettings(policies.map((policy) => ({ ...policyInput, ...policy }))).policies.map(readPolicy);
}

export function policyOf(changes: object = {}): ArchivePolicy {
  const [policy] = policiesOf(changes);
  if (!policy) throw new Error('The settings that were just made have no policy.');
  return policy;
}
