import { expect, test } from '@jest/globals';
import { describeDeployment } from '../../../../infra/aws/deployment.ts';
import { snapshotExportPolicy } from '../../../../infra/aws/snapshot-export-access.ts';
import { chooseStage, parseConfig } from '../../../../shared/config/define.ts';
import type { NightshiftConfigInput, StageConfig } from '../../../../shared/config/schema.ts';

type DatabaseInput = NightshiftConfigInput['stages'][string]['databases'][string];

const database: DatabaseInput = {
  instance: 'shop',
  databaseName: 'shop',
  auth: { kind: 'iam', user: 'nightshift' },
  snapshotExport: {},
};

function stageOf(databases: Record<string, DatabaseInput>, region = 'eu-central-1'): StageConfig {
  const stages = { test: { account: '111122223333', region, backupBucket: 'backups', databases } };
  return chooseStage(parseConfig({ stages }, 'a config'), 'test', 'a config');
}

const deploy = (config: StageConfig) => describeDeployment('test', config, ['snapshot-export']);

const statements = (config: StageConfig) => snapshotExportPolicy(deploy(config)).PolicyDocument.Statement;

const copyingTo = (kmsKeyId: string): DatabaseInput => ({
  ...database,
  snapshotExport: { copyTo: { region: 'eu-west-1', kmsKeyId } },
});

test('a stage without an export has nothing to deploy, and says so', () => {
  const { snapshotExport: _, ...without } = database;
  expect(() => deploy(stageOf({ shop: without }))).toThrow('"test" has no database with "snapshotExport"');
});

const executionHours = (config: StageConfig) =>
  (deploy(config).executionSeconds['snapshot-export'] ?? 0) / 3_600;

test('an execution may take as long as all the waits of the most patient database, and two hours of own work', () => {
  const patience = { instanceMinutes: 30, snapshotHours: 1, placeHours: 1, exportHours: 2, copyHours: 3 };
  const hasty: DatabaseInput = { ...database, snapshotExport: { patience } };
  const copying: DatabaseInput = {
    ...database,
    snapshotExport: { patience, copyTo: { region: 'eu-west-1' } },
  };
  // The instance is waited for twice: before the snapshot, and while RDS refuses it.
  expect(executionHours(stageOf({ shop: hasty }))).toBe(2 * 0.5 + 1 + 1 + 2 + 2);
  // So is a place: for the export, and for the copy.
  expect(executionHours(stageOf({ shop: hasty, big: copying }))).toBe(2 * 0.5 + 1 + 2 * 1 + 2 + 3 + 2);
});

test('the rule listens only for databases that adopt automated snapshots', () => {
  const never: DatabaseInput = {
    ...database,
    instance: 'ledger',
    snapshotExport: { adoptAutomatedHours: 0 },
  };
  const prefixes = (databases: Record<string, DatabaseInput>) =>
    deploy(stageOf(databases)).automatedSnapshots.map(({ prefix }) => prefix);
  expect(prefixes({ shop: database, ledger: never })).toEqual([
    'arn:aws:rds:eu-central-1:111122223333:snapshot:rds:shop-20',
  ]);
  // A pattern must not be empty: no instance's name begins with a hyphen.
  expect(prefixes({ ledger: never })).toEqual(['arn:aws:rds:eu-central-1:111122223333:snapshot:rds:-']);
});

test('the rule tells an instance from one whose name begins like it, in every partition', () => {
  const [{ prefix } = { prefix: '' }] = deploy(stageOf({ shop: database }, 'cn-north-1')).automatedSnapshots;
  expect('arn:aws-cn:rds:cn-north-1:111122223333:snapshot:rds:shop-2026-01-02-03-36').toContain(prefix);
  expect('arn:aws-cn:rds:cn-north-1:111122223333:snapshot:rds:shop-staging-2026-01-02-03-36').not.toContain(
    prefix,
  );
});

test('without copies and a VPC the role reaches neither another region nor a network', () => {
  const sids = statements(stageOf({ shop: database })).map(({ Sid }) => Sid);
  expect(sids).toEqual([
    'SeeInstances',
    'SeeSnapshots',
    'TakeSnapshots',
    'TagOwnSnapshots',
    'PruneOwnSnapshots',
    'SignInAsUsers',
  ]);
});

test('the key of a copy is named by its ARN, by its id, or by its alias in a condition', () => {
  const id = '0a1b2c3d-0000-4000-8000-000000000001';
  const keyOf = (kmsKeyId: string) =>
    statements(stageOf({ shop: copyingTo(kmsKeyId) })).find(({ Sid }) => Sid === 'CopyKey1Lend');
  const arn = `arn:aws:kms:eu-west-1:111122223333:key/${id}`;
  expect(keyOf(arn)?.Resource).toBe(arn);
  expect(JSON.stringify(keyOf(id)?.Resource)).toContain(`:key/${id}"`);
  expect(keyOf('alias/copies')?.Condition).toMatchObject({
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/copies' },
  });
  expect(() => keyOf('copies')).toThrow('copyTo.kmsKeyId "copies" is none of');
});

test('no statement is made twice for two databases that ask for the same', () => {
  const two = stageOf({ shop: copyingTo('alias/copies'), ledger: copyingTo('alias/copies') });
  const sids = statements(two).map(({ Sid }) => Sid);
  expect(sids).toEqual([...new Set(sids)]);
});

test('statements about different keys in one region have different names', () => {
  const two = stageOf({ shop: copyingTo('alias/copies'), ledger: copyingTo('alias/others') });
  const sids = statements(two).map(({ Sid }) => Sid);
  expect(sids).toEqual([...new Set(sids)]);
});
