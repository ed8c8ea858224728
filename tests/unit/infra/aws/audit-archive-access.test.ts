import { expect, test } from '@jest/globals';
import { auditArchivePolicy } from '../../../../infra/aws/audit-archive-access.ts';
import { describeDeployment } from '../../../../infra/aws/deployment.ts';
import type { StageConfig } from '../../../../shared/config/schema.ts';
import { type ArchiveInput, archiveStage, policyInput } from '../../../support/archive-policies.ts';
import { stageConfig } from '../../../support/stage-config.ts';

const deploy = (config: StageConfig) => describeDeployment('test', config, ['audit-archive']);
const statements = (config: StageConfig) => auditArchivePolicy(deploy(config)).PolicyDocument.Statement;
const archiving = (more: Partial<ArchiveInput> = {}) => archiveStage({ policies: [policyInput], ...more });
const locking = (days: number, mode: 'GOVERNANCE' | 'COMPLIANCE' = 'GOVERNANCE') =>
  archiving({ policies: [{ ...policyInput, to: { kind: 's3', objectLock: { mode, days } } }] });

test('a stage that archives nothing has a bucket that locks nothing', () => {
  expect(describeDeployment('test', stageConfig(), ['snapshot-export']).objectLock.enabled).toEqual({
    Ref: 'AWS::NoValue',
  });
});

test('without Object Lock in the config nothing may be locked', () => {
  const config = archiving();
  expect(statements(config).map(({ Sid }) => Sid)).toEqual([
    'SeeInstances',
    'KeepArchive',
    'ReadSecrets',
    'OpenSecrets',
  ]);
  expect(deploy(config).objectLock.enabled).toEqual({ Ref: 'AWS::NoValue' });
});

test('what is written lies below the configured prefix, in a folder of the database’s own', () => {
  const keep = statements(archiving({ archivePrefix: 'archive/clinic/' })).find(
    ({ Sid }) => Sid === 'KeepArchive',
  );
  expect(JSON.stringify(keep?.Resource)).toContain('/archive/clinic/menotime/*');
});

test('a lock may last as long as the longest of the config’s, in its modes', () => {
  const lock = statements(locking(365, 'COMPLIANCE')).find(({ Sid }) => Sid === 'LockArchive1');
  expect(lock?.Condition).toEqual({
    StringEquals: { 's3:object-lock-mode': ['COMPLIANCE'] },
    NumericLessThanEquals: { 's3:object-lock-remaining-retention-days': 365 },
  });
  expect(deploy(locking(365)).objectLock.enabled).toBe(true);
});

test('an execution may take as long as the night’s shifts, sixteen minutes each, and two hours more', () => {
  const config = archiving({ nightHours: 10, budgetMinutes: 10 });
  expect(deploy(config).executionSeconds['audit-archive']).toBe(60 * 960 + 7_200);
});
