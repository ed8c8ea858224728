import { existsSync } from 'node:fs';
import {
  AddTagsToResourceCommand,
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  paginateDescribeDBSnapshots,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addInstance, eventsOf, HOME, openRds, type RdsBench, snapshotIn } from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds();
  await addInstance(bench, 'shop', {
    backupRetentionDays: 7,
    copyTagsToSnapshot: true,
    tags: [{ Key: 'owner', Value: 'clinic & <co>' }],
  });
});
afterAll(() => bench.close());

const create = (identifier: string) =>
  bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: identifier }),
  );

test('an instance is described with its endpoint, versions, tags and backup settings', async () => {
  const { DBInstances } = await bench.client.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'SHOP' }),
  );
  expect(DBInstances).toEqual([
    expect.objectContaining({
      DBInstanceIdentifier: 'shop',
      DBInstanceArn: `arn:aws:rds:${HOME}:111122223333:db:shop`,
      DbiResourceId: expect.stringMatching(/^db-[0-9A-F]{26}$/),
      DBInstanceStatus: 'available',
      Engine: 'postgres',
      EngineVersion: expect.stringMatching(/^15\.\d+$/),
      MasterUsername: 'clinic',
      DBName: 'shop',
      Endpoint: { Address: '127.0.0.1', Port: expect.any(Number) },
      AllocatedStorage: 20,
      BackupRetentionPeriod: 7,
      DeletionProtection: false,
      StorageEncrypted: false,
      InstanceCreateTime: expect.any(Date),
      TagList: [{ Key: 'owner', Value: 'clinic & <co>' }],
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres15', ParameterApplyStatus: 'in-sync' }],
    }),
  ]);
});

test('a snapshot moves from creating to available by itself, and tells no more than the service does', async () => {
  const { DBSnapshot: requested } = await bench.client.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: 'shop',
      DBSnapshotIdentifier: 'Pre-V1',
      Tags: [{ Key: 'slot', Value: '2026-01-02' }],
    }),
  );
  expect(requested).toMatchObject({
    DBSnapshotIdentifier: 'pre-v1',
    Status: 'creating',
    SnapshotType: 'manual',
  });
  expect(requested?.SnapshotCreateTime).toBeUndefined();
  const snapshot = await snapshotIn(bench.client, 'pre-v1');
  expect(snapshot).toMatchObject({
    PercentProgress: 100,
    SnapshotCreateTime: expect.any(Date),
    OriginalSnapshotCreateTime: snapshot.SnapshotCreateTime,
    FullSnapshotSizeInBytes: expect.any(Number),
    AllocatedStorage: 20,
    Encrypted: false,
    TagList: [
      { Key: 'owner', Value: 'clinic & <co>' },
      { Key: 'slot', Value: '2026-01-02' },
    ],
  });
  expect(snapshot.FullSnapshotSizeInBytes).toBeGreaterThan(20e6);
  expect(eventsOf(bench, 'pre-v1')).toEqual(['0040', '0042']);
  expect(bench.events.at(-1)).toEqual({
    version: '0',
    id: expect.any(String),
    'detail-type': 'RDS DB Snapshot Event',
    source: 'aws.rds',
    account: '111122223333',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    region: HOME,
    resources: [snapshot.DBSnapshotArn],
    detail: {
      EventCategories: ['creation'],
      SourceType: 'SNAPSHOT',
      SourceArn: snapshot.DBSnapshotArn,
      Date: expect.stringMatching(/\.\d{3}Z$/),
      SourceIdentifier: 'pre-v1',
      Message: 'Manual snapshot created',
      EventID: 'RDS-EVENT-0042',
    },
  });
});

test('an automated snapshot is found when its type is asked for, and is not deleted by hand', async () => {
  const identifier = await bench.rds.takeAutomatedSnapshot('shop', new Date('2026-01-02T03:36:10Z'));
  expect(identifier).toBe('rds:shop-2026-01-02-03-36');
  expect(eventsOf(bench, identifier)).toEqual(['0090', '0091']);
  const describe = (SnapshotType?: string) =>
    bench.client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: identifier, SnapshotType }));
  await expect(describe()).rejects.toMatchObject({ name: 'DBSnapshotNotFoundFault' });
  expect((await describe('automated')).DBSnapshots).toHaveLength(1);
  await expect(
    bench.client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: identifier })),
  ).rejects.toMatchObject({ name: 'InvalidDBSnapshotStateFault' });
});

test('a deleted snapshot is gone at once, and its files soon', async () => {
  await create('short-lived');
  await snapshotIn(bench.client, 'short-lived');
  const { DBSnapshot } = await bench.client.send(
    new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'short-lived' }),
  );
  expect(DBSnapshot?.Status).toBe('deleted');
  await expect(snapshotIn(bench.client, 'short-lived')).rejects.toMatchObject({
    name: 'DBSnapshotNotFoundFault',
  });
  expect(eventsOf(bench, 'short-lived')).toEqual(['0040', '0042', '0041']);
});

test('tags are added, replaced, removed and listed by ARN', async () => {
  await create('tagged');
  const { DBSnapshotArn } = await snapshotIn(bench.client, 'tagged');
  const ResourceName = DBSnapshotArn;
  const Tags = [
    { Key: 'owner', Value: 'night' },
    { Key: 'empty', Value: '' },
  ];
  await bench.client.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  await bench.client.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['absent'] }));
  const { TagList } = await bench.client.send(new ListTagsForResourceCommand({ ResourceName }));
  expect(TagList).toEqual(Tags);
  await bench.client.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['owner', 'empty'] }));
  expect((await snapshotIn(bench.client, 'tagged')).TagList).toEqual([]);
});

test('nothing is shared with another account', async () => {
  await create('private');
  const { DBSnapshotAttributesResult } = await bench.client.send(
    new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: 'private' }),
  );
  expect(DBSnapshotAttributesResult).toEqual({
    DBSnapshotIdentifier: 'private',
    DBSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: [] }],
  });
  await snapshotIn(bench.client, 'private');
});

test('45 snapshots come in pages of 20, each once', async () => {
  await addInstance(bench, 'many');
  const names = Array.from({ length: 45 }, (_, index) => `page-${String(index).padStart(2, '0')}`);
  for (const name of names) {
    await bench.client.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'many', DBSnapshotIdentifier: name }),
    );
    await snapshotIn(bench.client, name);
  }
  const pages: (string | undefined)[][] = [];
  const paginator = paginateDescribeDBSnapshots(
    { client: bench.client, pageSize: 20 },
    { DBInstanceIdentifier: 'many' },
  );
  for await (const page of paginator)
    pages.push((page.DBSnapshots ?? []).map((found) => found.DBSnapshotIdentifier));
  expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
  expect(pages.flat()).toEqual(names);
  const wrong = bench.client.send(new DescribeDBSnapshotsCommand({ MaxRecords: 10 }));
  await expect(wrong).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('filters select, and an unknown one is refused', async () => {
  const filtered = (Name: string, ...Values: string[]) =>
    bench.client.send(new DescribeDBSnapshotsCommand({ Filters: [{ Name, Values }] }));
  const automated = await filtered('snapshot-type', 'automated');
  expect(automated.DBSnapshots?.map((found) => found.SnapshotType)).toEqual(['automated']);
  expect((await filtered('db-instance-id', 'many', 'nobody')).DBSnapshots).toHaveLength(45);
  expect((await filtered('db-snapshot-id', 'absent')).DBSnapshots).toEqual([]);
  await expect(filtered('colour', 'red')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

test('stopping leaves no files', async () => {
  const other = await openRds();
  await addInstance(other, 'brief');
  await other.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'brief', DBSnapshotIdentifier: 'interrupted' }),
  );
  await other.close();
  expect(existsSync(other.folder)).toBe(false);
});
