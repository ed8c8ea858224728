import {
  DeleteDBInstanceCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBSnapshotsCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  addInstance,
  connectionFor,
  drop,
  goneFrom,
  openRds,
  type RdsBench,
  restorableSince,
  restore,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  // WAL is archived without a pause, so that whatever ends a backup meets a heartbeat that is under way.
  bench = await openRds({ delays: { archiving: 0 } });
});
afterAll(() => bench.close());

test('kept backups outlive their instance and can be restored to its last moment', async () => {
  const live = await addInstance(bench, 'kept', { backupRetentionDays: 1 });
  await restorableSince(bench, 'kept', new Date());
  await row(live.masterConnection, 'CREATE TABLE last_words AS SELECT 42 AS answer');
  await bench.client.send(
    new DeleteDBInstanceCommand({
      DBInstanceIdentifier: 'kept',
      FinalDBSnapshotIdentifier: 'kept-final',
      DeleteAutomatedBackups: false,
    }),
  );
  await goneFrom(bench.client, 'kept');
  expect((await snapshotIn(bench.client, 'kept-final')).SnapshotType).toBe('manual');
  const { DBInstanceAutomatedBackups } = await bench.client.send(
    new DescribeDBInstanceAutomatedBackupsCommand({ Filters: [{ Name: 'status', Values: ['retained'] }] }),
  );
  expect(DBInstanceAutomatedBackups).toEqual([
    expect.objectContaining({
      DBInstanceIdentifier: 'kept',
      DbiResourceId: live.dbiResourceId,
      Status: 'retained',
      RestoreWindow: { EarliestTime: expect.any(Date), LatestTime: expect.any(Date) },
    }),
  ]);
  await bench.client.send(
    new RestoreDBInstanceToPointInTimeCommand({
      SourceDBInstanceAutomatedBackupsArn: DBInstanceAutomatedBackups?.[0]?.DBInstanceAutomatedBackupsArn,
      TargetDBInstanceIdentifier: 'kept-again',
      UseLatestRestorableTime: true,
      BackupRetentionPeriod: 0,
    }),
  );
  const connection = await connectionFor(bench, bench.client, 'kept-again');
  expect(await row(connection, 'SELECT answer FROM last_words')).toEqual({ answer: 42 });
  await drop(bench.client, 'kept-again');
});

test('an automated snapshot is a base for recovery; a killed server keeps its rows and its port', async () => {
  const live = await addInstance(bench, 'crashing', { backupRetentionDays: 1 });
  await row(live.masterConnection, 'CREATE TABLE kept AS SELECT 1 AS n');
  const automated = await bench.rds.takeAutomatedSnapshot('crashing');
  await bench.rds.crashInstance('crashing');
  expect(await row(live.masterConnection, 'SELECT n FROM kept')).toEqual({ n: 1 });
  await restore(bench.client, automated, 'from-automated', { BackupRetentionPeriod: 0 });
  expect(await row(await connectionFor(bench, bench.client, 'from-automated'), 'SELECT n FROM kept')).toEqual(
    {
      n: 1,
    },
  );
  await drop(bench.client, 'from-automated');
  await drop(bench.client, 'crashing');
  const remaining = await bench.client.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'automated' }));
  expect(remaining.DBSnapshots).toEqual([]);
});
