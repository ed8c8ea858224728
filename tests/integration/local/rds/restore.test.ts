import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBSnapshotsCommand,
  type RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClientConfig } from 'pg';
import { connectionTo } from '../../../../infra/local/postgres/connection.ts';
import { startTransfers } from '../postgres/transfers.ts';
import {
  AWAY,
  addInstance,
  eventsOf,
  goneFrom,
  HOME,
  instanceIn,
  MASTER_PASSWORD,
  openRds,
  type RdsBench,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds();
});
afterAll(() => bench.close());

/** The master user's connection to an instance, by the endpoint that is described. */
async function connectionFor(client: RDSClient, identifier: string): Promise<ClientConfig> {
  const { Endpoint } = await instanceIn(client, identifier);
  return connectionTo({
    port: Endpoint?.Port ?? 0,
    user: 'clinic',
    password: MASTER_PASSWORD,
    database: 'shop',
    certificatePem: bench.certificatePem,
  });
}

const takeSnapshot = async (instance: string, snapshot: string) => {
  await bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: instance, DBSnapshotIdentifier: snapshot }),
  );
  return snapshotIn(bench.client, snapshot);
};

const restore = (client: RDSClient, snapshot: string, instance: string, extra = {}) =>
  client.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBSnapshotIdentifier: snapshot,
      DBInstanceIdentifier: instance,
      ...extra,
    }),
  );

const drop = async (client: RDSClient, identifier: string) => {
  await client.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: identifier, SkipFinalSnapshot: true }),
  );
  await goneFrom(client, identifier);
};

const MOMENT = /* sql */ `
  SELECT (SELECT sum(balance)::int FROM account) AS total, (SELECT balance::int FROM account WHERE id = 2) AS moved,
         (SELECT count(*)::int FROM transfer) AS transfers, (SELECT coalesce(max(n), 0)::int FROM transfer) AS newest`;

describe.each(['15', '18'])('PostgreSQL %s', (engineVersion) => {
  const source = `live-${engineVersion}`;

  test('a snapshot taken while a client writes is restored, copied to another region and restored there', async () => {
    const live = await addInstance(bench, source, {
      engineVersion,
      tags: [{ Key: 'of', Value: 'source' }],
      copyTagsToSnapshot: true,
    });
    const transfers = await startTransfers(live.masterConnection);
    await transfers.reached(30);
    const before = transfers.committed();
    const snapshot = await takeSnapshot(source, `under-load-${engineVersion}`);
    const during = transfers.committed();
    await transfers.reached(during + 10);
    const after = await transfers.stop();

    const restored = `drill-${engineVersion}`;
    const { DBInstance } = await restore(bench.client, snapshot.DBSnapshotIdentifier ?? '', restored);
    expect(DBInstance).toMatchObject({ DBInstanceStatus: 'creating' });
    expect(DBInstance?.Endpoint).toBeUndefined();
    const moment = await row(await connectionFor(bench.client, restored), MOMENT);
    expect(moment.total).toBe(1_000_000);
    expect(moment.transfers).toBe(moment.newest);
    expect(moment.transfers).toBe(moment.moved);
    expect(moment.transfers).toBeGreaterThanOrEqual(before);
    expect(moment.transfers).toBeLessThanOrEqual(during);
    expect((await row(live.masterConnection, MOMENT)).transfers).toBe(after);
    expect(eventsOf(bench, snapshot.DBSnapshotIdentifier ?? '')).toEqual(['0040', '0042', '0043']);

    await bench.away.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: snapshot.DBSnapshotArn,
        TargetDBSnapshotIdentifier: `away-${engineVersion}`,
        CopyTags: true,
      }),
    );
    const copy = await snapshotIn(bench.away, `away-${engineVersion}`);
    expect(copy).toMatchObject({
      SourceRegion: HOME,
      SourceDBSnapshotIdentifier: snapshot.DBSnapshotArn,
      OriginalSnapshotCreateTime: snapshot.OriginalSnapshotCreateTime,
      SnapshotType: 'manual',
      DBSnapshotArn: `arn:aws:rds:${AWAY}:111122223333:snapshot:away-${engineVersion}`,
    });
    expect(eventsOf(bench, `away-${engineVersion}`)).toEqual(['0059', '0060']);
    await bench.client.send(
      new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: snapshot.DBSnapshotIdentifier }),
    );
    await restore(bench.away, `away-${engineVersion}`, restored, {
      Tags: [{ Key: 'purpose', Value: 'drill' }],
    });
    expect(await row(await connectionFor(bench.away, restored), MOMENT)).toEqual(moment);
    expect((await instanceIn(bench.away, restored)).TagList).toEqual([{ Key: 'purpose', Value: 'drill' }]);
    expect((await instanceIn(bench.client, restored)).TagList).toEqual([{ Key: 'of', Value: 'source' }]);
    await Promise.all([drop(bench.client, restored), drop(bench.away, restored), drop(bench.client, source)]);
    expect(eventsOf(bench, restored)).toEqual(expect.arrayContaining(['0003', '0003']));
    expect(existsSync(live.dataDirectory)).toBe(false);
  });

  test('recovery to a point in time has what was committed until then, and nothing later', async () => {
    const identifier = `timed-${engineVersion}`;
    const live = await addInstance(bench, identifier, { engineVersion, backupRetentionDays: 7 });
    await row(live.masterConnection, 'CREATE TABLE visit (n int)');
    await sleep(20);
    await restorableSince(identifier, new Date());
    await row(live.masterConnection, 'INSERT INTO visit SELECT generate_series(1, 100)');
    const { at } = await row(live.masterConnection, 'SELECT clock_timestamp() AS at');
    await sleep(50);
    await row(live.masterConnection, 'DELETE FROM visit');
    const RestoreTime = new Date(at.getTime() + 5);
    await restorableSince(identifier, RestoreTime);
    await bench.client.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: identifier,
        TargetDBInstanceIdentifier: `${identifier}-then`,
        RestoreTime,
        BackupRetentionPeriod: 0,
      }),
    );
    await bench.client.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDbiResourceId: live.dbiResourceId,
        TargetDBInstanceIdentifier: `${identifier}-now`,
        UseLatestRestorableTime: true,
        BackupRetentionPeriod: 0,
      }),
    );
    const count = 'SELECT count(*)::int AS n FROM visit';
    expect(await row(await connectionFor(bench.client, `${identifier}-then`), count)).toEqual({ n: 100 });
    expect(await row(await connectionFor(bench.client, `${identifier}-now`), count)).toEqual({ n: 0 });
    expect(eventsOf(bench, `${identifier}-then`)).toEqual(['0019']);
    await Promise.all([`${identifier}-then`, `${identifier}-now`].map((name) => drop(bench.client, name)));
    await drop(bench.client, identifier);
  });
});

/** Waits until the instance can be restored to that moment. */
async function restorableSince(identifier: string, moment: Date): Promise<void> {
  for (;;) {
    const { LatestRestorableTime } = await instanceIn(bench.client, identifier);
    if (LatestRestorableTime && LatestRestorableTime > moment) return;
    await sleep(20);
  }
}

test('kept backups outlive their instance and can be restored to its last moment', async () => {
  const live = await addInstance(bench, 'kept', { backupRetentionDays: 1 });
  await restorableSince('kept', new Date());
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
  const connection = await connectionFor(bench.client, 'kept-again');
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
  expect(await row(await connectionFor(bench.client, 'from-automated'), 'SELECT n FROM kept')).toEqual({
    n: 1,
  });
  await drop(bench.client, 'from-automated');
  await drop(bench.client, 'crashing');
  const remaining = await bench.client.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'automated' }));
  expect(remaining.DBSnapshots).toEqual([]);
});
