import { expect, test } from '@jest/globals';
import { backupVerifyPolicy } from '../../../../infra/aws/backup-verify-access.ts';
import { policyInput } from '../../../support/archive-policies.ts';
import { type DatabaseInput, deployed, drilledInput } from '../../../support/deployed-stage.ts';
import { filledIn, list } from '../../../support/template.ts';

const { restoreDrill: _, ...bare } = drilledInput;
const verified: DatabaseInput = { ...bare, backupVerify: {} };
const statements = (...given: Parameters<typeof deployed>) =>
  backupVerifyPolicy(deployed(...given)).PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow');
const sids = (database: DatabaseInput) => statements({ menotime: database }).map(({ Sid }) => Sid);

test('what checks may only look', () => {
  const copyTo = { region: 'us-east-1' };
  const secondRegion = { subnetGroup: 'private', parameterGroup: 'postgres', secretId: 'menotime/db' };
  const actions = statements(
    { menotime: { ...verified, snapshotExport: { copyTo }, backupVerify: { secondRegion } } },
    { vpc: undefined },
  ).flatMap(({ Action }) => list(Action));
  expect(actions.length).toBeGreaterThan(5);
  for (const action of actions) expect(action).toMatch(/^(rds|secretsmanager):Describe/);
});

test('what the second region needs is looked for there, by its name', () => {
  const secondRegion = { subnetGroup: 'private', parameterGroup: 'postgres', secretId: 'menotime/db' };
  const found = statements({
    menotime: {
      ...verified,
      snapshotExport: { copyTo: { region: 'us-east-1' } },
      backupVerify: { secondRegion },
    },
  });
  const there = found
    .filter(({ Sid }) => Sid.endsWith('There'))
    .flatMap(({ Resource }) => list(Resource))
    .map(filledIn);
  expect(there).toEqual([
    'arn:aws:rds:us-east-1:111122223333:subgrp:private',
    'arn:aws:rds:us-east-1:111122223333:pg:postgres',
    'arn:aws:secretsmanager:us-east-1:111122223333:secret:menotime/db-??????',
  ]);
});

test('who shares a copy is asked where the copies are', () => {
  const copyTo = { region: 'us-east-1' };
  const sharing = statements({ menotime: { ...verified, snapshotExport: { copyTo } } }).find(
    ({ Sid }) => Sid === 'SeeWhoSharesThem',
  );
  expect(list(sharing?.Resource).map(filledIn)).toEqual([
    'arn:aws:rds:us-west-1:111122223333:snapshot:*',
    'arn:aws:rds:us-east-1:111122223333:snapshot:*',
  ]);
});

test('it signs in only where the archive is looked at: its ledger lies in the database', () => {
  expect(sids(verified)).not.toContain('SignInAsUsers');
  expect(sids({ ...verified, auditArchive: { policies: [policyInput] } })).toContain('SignInAsUsers');
});
