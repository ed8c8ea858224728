import {
  AddTagsToResourceCommand,
  CopyDBSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeExportTasksCommand,
  ModifyDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BAD_RESTORE_ENDS } from '../../../../infra/local/rds/faults.ts';
import type { CreatedInstance } from '../../../../infra/local/rds/instances/create.ts';
import {
  addInstance,
  eventsOf,
  goneFrom,
  HOME,
  instanceIn,
  openRds,
  type RdsBench,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
let live: CreatedInstance;
const KMS_KEY = '11111111-2222-3333-4444-555555555555';

beforeAll(async () => {
  bench = await openRds({ quotas: { manualSnapshots: 4, instances: 12, runningCopies: 2 } });
  live = await addInstance(bench, 'shop', { kmsKeyId: KMS_KEY });
  await create('base');
  await snapshotIn(bench.client, 'base');
});
afterEach(() => bench.rds.faults.clear());
afterAll(() => bench.close());

const create = (identifier: string, instance = 'shop') =>
  bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: instance, DBSnapshotIdentifier: identifier }),
  );
const restore = (instance: string, extra = {}) =>
  bench.client.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: instance,
      DBSnapshotIdentifier: 'base',
      ...extra,
    }),
  );
const remove = (instance: string, extra = {}) =>
  bench.client.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: instance, SkipFinalSnapshot: true, ...extra }),
  );
const copy = (target: string, extra = {}) =>
  bench.away.send(
    new CopyDBSnapshotCommand({
      SourceDBSnapshotIdentifier: `arn:aws:rds:${HOME}:111122223333:snapshot:base`,
      TargetDBSnapshotIdentifier: target,
      KmsKeyId: KMS_KEY,
      ...extra,
    }),
  );
const named = (name: string) => expect.objectContaining({ name });

test('snapshots: names, states and the quota', async () => {
  await expect(create('base')).rejects.toEqual(named('DBSnapshotAlreadyExistsFault'));
  await expect(create('x', 'absent')).rejects.toEqual(named('DBInstanceNotFoundFault'));
  for (const wrong of ['1st', 'two--hyphens', 'ends-', 'rds:mine', 'a'.repeat(256)]) {
    await expect(create(wrong)).rejects.toEqual(named('InvalidParameterValue'));
  }
  for (const status of ['modifying', 'storage-full', 'backing-up']) {
    bench.rds.faults.setInstanceStatus('shop', status);
    expect((await instanceIn(bench.client, 'shop', status)).DBInstanceStatus).toBe(status);
    await expect(create('x')).rejects.toEqual(named('InvalidDBInstanceStateFault'));
  }
  bench.rds.faults.clear();
  bench.rds.faults.order({ kind: 'snapshot-fails', identifier: 'failing' });
  bench.rds.faults.order({ kind: 'snapshot-sticks', identifier: 'sticking' });
  await create('failing');
  await snapshotIn(bench.client, 'failing', 'failed');
  await create('sticking');
  await instanceIn(bench.client, 'shop', 'backing-up');
  await expect(create('beside')).rejects.toEqual(named('InvalidDBInstanceStateFault'));
  bench.rds.faults.release();
  await snapshotIn(bench.client, 'sticking');
  await create('fourth');
  await snapshotIn(bench.client, 'fourth');
  await expect(create('fifth')).rejects.toEqual(named('SnapshotQuotaExceededFault'));
  expect(eventsOf(bench, 'failing')).toEqual(['0040']);
});

test.each(BAD_RESTORE_ENDS)(
  'a restore ends in %s, without an endpoint, and can be deleted',
  async (status) => {
    bench.rds.faults.order({ kind: 'restore-ends', identifier: 'unlucky', status });
    await restore('unlucky');
    expect((await instanceIn(bench.client, 'unlucky', status)).Endpoint).toBeUndefined();
    await remove('unlucky');
    await goneFrom(bench.client, 'unlucky');
  },
);

test('a restore that sticks in creating can be deleted', async () => {
  bench.rds.faults.order({ kind: 'restore-sticks' });
  await restore('stuck');
  await instanceIn(bench.client, 'stuck', 'creating');
  const withSnapshot = remove('stuck', { SkipFinalSnapshot: false, FinalDBSnapshotIdentifier: 'last' });
  await expect(withSnapshot).rejects.toEqual(named('SnapshotQuotaExceededFault'));
  await remove('stuck');
  await goneFrom(bench.client, 'stuck');
});

test('restores: what the service refuses', async () => {
  await expect(restore('shop')).rejects.toEqual(named('DBInstanceAlreadyExistsFault'));
  await expect(restore('a'.repeat(64))).rejects.toEqual(named('InvalidParameterValue'));
  await expect(restore('x', { DBSnapshotIdentifier: 'absent' })).rejects.toEqual(
    named('DBSnapshotNotFoundFault'),
  );
  await expect(restore('x', { DBSnapshotIdentifier: 'failing' })).rejects.toEqual(
    named('InvalidDBSnapshotStateFault'),
  );
  await expect(restore('x', { DBSubnetGroupName: 'private' })).rejects.toEqual(
    named('DBSubnetGroupNotFoundFault'),
  );
  for (const AllocatedStorage of [19, 21]) {
    await expect(restore('x', { AllocatedStorage })).rejects.toEqual(named('InvalidParameterCombination'));
  }
  bench.rds.faults.order({ kind: 'kms-denied', identifier: KMS_KEY });
  await expect(restore('x')).rejects.toEqual(named('KMSKeyNotAccessibleFault'));
  for (const [code, name] of [
    ['InsufficientDBInstanceCapacity', 'InsufficientDBInstanceCapacityFault'],
    ['StorageQuotaExceeded', 'StorageQuotaExceededFault'],
    ['AccessDenied', 'AccessDenied'],
    ['Throttling', 'Throttling'],
  ] as const) {
    // As often as the client tries again.
    bench.rds.faults.order({
      kind: 'call-refused',
      identifier: 'RestoreDBInstanceFromDBSnapshot',
      code,
      times: code === 'Throttling' ? 3 : 1,
    });
    await expect(restore('x')).rejects.toEqual(named(name));
  }
  const toTime = (extra: object) =>
    bench.client.send(
      new RestoreDBInstanceToPointInTimeCommand({ TargetDBInstanceIdentifier: 'x', ...extra }),
    );
  const latest = { UseLatestRestorableTime: true };
  await expect(toTime({ SourceDBInstanceIdentifier: 'shop', ...latest })).rejects.toEqual(
    named('PointInTimeRestoreNotEnabledFault'),
  );
  await expect(toTime({ SourceDbiResourceId: 'db-ABSENT', ...latest })).rejects.toEqual(
    named('DBInstanceAutomatedBackupNotFoundFault'),
  );
  await expect(toTime(latest)).rejects.toEqual(named('InvalidParameterCombination'));
});

test('the instance quota holds', async () => {
  bench.rds.faults.order({ kind: 'restore-sticks', times: 11 });
  const names = Array.from({ length: 11 }, (_, index) => `filler-${index}`);
  for (const name of names) await restore(name);
  await expect(restore('one-more')).rejects.toEqual(named('InstanceQuotaExceededFault'));
  await Promise.all(names.map((name) => remove(name)));
  await Promise.all(names.map((name) => goneFrom(bench.client, name)));
});

test('deletion protection and the final snapshot are insisted on', async () => {
  const modify = (DeletionProtection: boolean) =>
    bench.client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'shop', DeletionProtection }));
  await modify(true);
  await expect(remove('shop')).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
    message: expect.stringContaining('Cannot delete protected DB Instance'),
  });
  await modify(false);
  await expect(remove('shop', { SkipFinalSnapshot: false })).rejects.toEqual(
    named('InvalidParameterCombination'),
  );
  await expect(remove('shop', { FinalDBSnapshotIdentifier: 'both' })).rejects.toEqual(
    named('InvalidParameterCombination'),
  );
  await expect(remove('absent')).rejects.toEqual(named('DBInstanceNotFoundFault'));
});

test('copies: encryption, names, places, failing and sticking', async () => {
  await expect(copy('x', { KmsKeyId: undefined })).rejects.toEqual(named('InvalidParameterCombination'));
  await expect(copy('x--y')).rejects.toEqual(named('InvalidParameterValue'));
  bench.rds.faults.order({ kind: 'copy-fails', identifier: 'failed-copy' });
  await copy('failed-copy');
  await snapshotIn(bench.away, 'failed-copy', 'failed');
  bench.rds.faults.order({ kind: 'copy-sticks', times: 2 });
  await copy('first-copy');
  await expect(copy('first-copy')).rejects.toEqual(named('DBSnapshotAlreadyExistsFault'));
  await copy('second-copy');
  await expect(copy('third-copy')).rejects.toEqual(named('SnapshotQuotaExceededFault'));
  bench.rds.faults.release();
  const done = await snapshotIn(bench.away, 'first-copy');
  expect(done).toMatchObject({
    Encrypted: true,
    KmsKeyId: `arn:aws:kms:us-east-1:111122223333:key/${KMS_KEY}`,
  });
  await snapshotIn(bench.away, 'second-copy');
});

test('an instance is modified: retention, window, storage, password', async () => {
  const modify = (change: object) =>
    bench.client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'shop', ...change }));
  const { DBInstance } = await modify({ PreferredBackupWindow: '04:00-05:00', AllocatedStorage: 40 });
  expect(DBInstance).toMatchObject({ PreferredBackupWindow: '04:00-05:00', AllocatedStorage: 40 });
  await modify({ MasterUserPassword: 'a new one' });
  expect(await row({ ...live.masterConnection, password: 'a new one' }, 'SELECT 1 AS n')).toEqual({ n: 1 });
  await modify({ BackupRetentionPeriod: 3 });
  await modify({ BackupRetentionPeriod: 0 });
  expect(eventsOf(bench, 'shop').slice(-2)).toEqual(['0032', '0028']);
  await expect(modify({ BackupRetentionPeriod: 36 })).rejects.toEqual(named('InvalidParameterValue'));
  await expect(modify({ PreferredBackupWindow: 'at night' })).rejects.toEqual(named('InvalidParameterValue'));
});

test('what the local RDS lacks is named', async () => {
  const unknown = bench.client.send(
    new CreateDBInstanceCommand({ DBInstanceIdentifier: 'x', DBInstanceClass: 'y', Engine: 'postgres' }),
  );
  await expect(unknown).rejects.toMatchObject({
    name: 'InvalidAction',
    message: expect.stringContaining('CreateDBInstance'),
  });
  const absent = bench.client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'absent' }));
  await expect(absent).rejects.toEqual(named('DBInstanceNotFoundFault'));
  const task = bench.client.send(new DescribeExportTasksCommand({ ExportTaskIdentifier: 'absent' }));
  await expect(task).rejects.toEqual(named('ExportTaskNotFoundFault'));
  const tags = bench.client.send(
    new AddTagsToResourceCommand({ ResourceName: live.arn, Tags: [{ Key: 'aws:mine', Value: 'x' }] }),
  );
  await expect(tags).rejects.toEqual(named('InvalidParameterValue'));
});
