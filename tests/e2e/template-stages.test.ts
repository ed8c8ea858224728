import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  copyProject,
  editConfig,
  type ProjectCopy,
  packagedTemplate,
  packageStage,
} from '../support/packaging.ts';
import { resource, statement } from '../support/template.ts';

let project: ProjectCopy;

beforeEach(async () => {
  project = await copyProject();
});

afterEach(() => project.remove());

test('the demo’s stage packages as well, outside of any VPC', async () => {
  const template = await packagedTemplate(project.root, 'demo');
  const { FunctionName, VpcConfig } = resource(template, 'SnapshotDashexportLambdaFunction').Properties;
  expect([FunctionName, VpcConfig]).toEqual(['nightshift-demo-snapshot-export', undefined]);
  expect(() => statement(resource(template, 'SnapshotExportRole'), 'LambdaAttachesNetwork')).toThrow();
  expect(template.Resources.AlertEmail).toBeUndefined();
  // The bundle, the stage and the certificates are packaged, and nothing else.
  const archive = join(project.root, 'packaged', 'demo', 'snapshot-export.zip');
  // The names in a zip are plain text.
  const text = await readFile(archive, 'latin1');
  const names = new Set(text.match(/dist\/[a-z0-9./-]+\.(mjs|json|pem|map)/g));
  expect(names).toEqual(
    new Set([
      'dist/demo/nightshift.config.json',
      'dist/demo/rds-ca.pem',
      'dist/demo/snapshot-export/handler.mjs',
    ]),
  );
});

test('what the stage does not have is left out, with roles, schedules, groups and alarms, and the way of alarms', async () => {
  await editConfig(
    project.root,
    `for (const job of ['auditArchive', 'backupVerify', 'restoreDrill', 'matviewRefresh', 'dbMaintenance'])
      delete stages.prod.databases.menotime[job];
    delete stages.prod.alarms;`,
  );
  const { Resources } = await packagedTemplate(project.root, 'prod');
  const others =
    /Audit|Backup(Dash)?verify|BackupVerify|Drill|Dashdrill|reaper|Matview|Maintenance|Sink|Page|AlarmQueue/i;
  expect(Object.keys(Resources).filter((logicalId) => others.test(logicalId))).toEqual([]);
  const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  expect(functions.map(({ Properties }) => Properties.FunctionName)).toEqual([
    'nightshift-prod-snapshot-export',
  ]);
});

test('authorities of a database are packaged with the function, and a key of the user’s own is used', async () => {
  await writeFile(join(project.root, 'china.pem'), '-----BEGIN CERTIFICATE-----\n');
  const key = 'arn:aws:kms:us-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001';
  await editConfig(
    project.root,
    `stages.prod.databases.menotime.caFile = 'china.pem';
    stages.prod.kmsKeyArn = '${key}';`,
  );
  const template = await packagedTemplate(project.root, 'prod');
  const archive = await readFile(join(project.root, 'packaged', 'prod', 'snapshot-export.zip'), 'latin1');
  expect(archive).toContain('dist/prod/ca-menotime.pem');
  expect(resource(template, 'BackupKey').Condition).toBe('MakesKey');
  expect(resource(template, 'BackupKeyAlias').Condition).toBe('MakesKey');
  expect(template.Conditions?.MakesKey).toEqual({ 'Fn::Equals': [key, ''] });
  const bucket = resource(template, 'BackupBucket').Properties;
  const [encryption] = bucket.BucketEncryption.ServerSideEncryptionConfiguration;
  expect(encryption.ServerSideEncryptionByDefault.KMSMasterKeyID).toBe(key);
  expect(statement(resource(template, 'SnapshotExportRole'), 'UseTheKey').Resource).toBe(key);
  expect(JSON.stringify(template.Resources)).not.toContain('"Fn::GetAtt":["BackupKey"');
});

test('an unknown key in the config stops the packaging, and is named', async () => {
  await editConfig(project.root, `stages.prod.databases.menotime.snapshotExport.shedule = 'rate(1 day)';`);
  const { exitCode, output } = await packageStage(project.root, 'prod');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('nightshift.config.ts is not a valid Nightshift config');
  expect(output).toMatch(/stages\.prod\.databases\.menotime\.snapshotExport: .*"shedule"/);
});

test('an unknown stage stops the packaging, and those that there are are named', async () => {
  const { exitCode, output } = await packageStage(project.root, 'production');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('has no stage "production". It has: prod, demo.');
});

test('more databases than CloudFormation takes in one stage stop the packaging, and are counted', async () => {
  await editConfig(
    project.root,
    `const { menotime } = stages.prod.databases;
    for (let at = 0; at < 12; at++) stages.prod.databases['menotime-' + at] = { ...menotime, instance: 'menotime-' + at };`,
  );
  const { exitCode, output } = await packageStage(project.root, 'prod');
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(
    /AWS would refuse the template of the stage "prod":\s+- it has \d{3} resources, and CloudFormation takes 500\. Each/,
  );
});
