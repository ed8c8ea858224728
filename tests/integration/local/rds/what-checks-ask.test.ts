import {
  CreateDBSnapshotCommand,
  DescribeAccountAttributesCommand,
  DescribeDBInstancesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBSnapshotAttributesCommand,
  DescribeDBSnapshotsCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBInstanceCommand,
  ModifyDBSnapshotAttributeCommand,
  paginateDescribeDBParameters,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addInstance, openRds, type RdsBench, snapshotIn } from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds();
  await addInstance(bench, 'shop', { parameters: { log_min_duration_statement: '1000' } });
});
afterAll(() => bench.close());

const share = (snapshot: string, change: { ValuesToAdd?: string[]; ValuesToRemove?: string[] }) =>
  bench.client.send(
    new ModifyDBSnapshotAttributeCommand({
      DBSnapshotIdentifier: snapshot,
      AttributeName: 'restore',
      ...change,
    }),
  );

const accountsOf = async (snapshot: string) => {
  const { DBSnapshotAttributesResult } = await bench.client.send(
    new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: snapshot }),
  );
  return DBSnapshotAttributesResult?.DBSnapshotAttributes?.[0]?.AttributeValues;
};

test('a snapshot is shared with accounts or with everybody, and is taken back', async () => {
  await bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'shared' }),
  );
  await snapshotIn(bench.client, 'shared');
  await share('shared', { ValuesToAdd: ['444455556666', 'all'] });
  expect(await accountsOf('shared')).toEqual(['444455556666', 'all']);
  const publicOnes = () =>
    bench.client.send(
      new DescribeDBSnapshotsCommand({ SnapshotType: 'public', DBInstanceIdentifier: 'shop' }),
    );
  expect((await publicOnes()).DBSnapshots).toMatchObject([{ DBSnapshotIdentifier: 'shared' }]);
  await share('shared', { ValuesToRemove: ['all'] });
  expect(await accountsOf('shared')).toEqual(['444455556666']);
  expect((await publicOnes()).DBSnapshots).toEqual([]);
});

test('an instance is changed in what people set, and shows it', async () => {
  await bench.client.send(
    new ModifyDBInstanceCommand({
      DBInstanceIdentifier: 'shop',
      MultiAZ: true,
      PubliclyAccessible: true,
      MaxAllocatedStorage: 100,
      CloudwatchLogsExportConfiguration: { EnableLogTypes: ['upgrade', 'postgresql'] },
    }),
  );
  const { DBInstance } = await bench.client.send(
    new ModifyDBInstanceCommand({
      DBInstanceIdentifier: 'shop',
      CloudwatchLogsExportConfiguration: { DisableLogTypes: ['upgrade'] },
    }),
  );
  expect(DBInstance).toMatchObject({ EnabledCloudwatchLogsExports: ['postgresql'] });
  const { DBInstances } = await bench.client.send(new DescribeDBInstancesCommand({}));
  expect(DBInstances).toMatchObject([
    { MultiAZ: true, PubliclyAccessible: true, MaxAllocatedStorage: 100, DeletionProtection: false },
  ]);
});

test('quotas are told with what is used of them', async () => {
  const { AccountQuotas } = await bench.client.send(new DescribeAccountAttributesCommand({}));
  expect(AccountQuotas).toContainEqual({ AccountQuotaName: 'ManualSnapshots', Used: 1, Max: 100 });
});

test('the parameters of a group come in pages, with the values that it sets', async () => {
  const pages: Record<string, string | undefined>[] = [];
  const group = { DBParameterGroupName: 'default.postgres15' };
  for await (const { Parameters = [] } of paginateDescribeDBParameters({ client: bench.client }, group)) {
    pages.push(
      Object.fromEntries(
        Parameters.map(({ ParameterName = '', ParameterValue }) => [ParameterName, ParameterValue]),
      ),
    );
  }
  expect(pages.length).toBeGreaterThan(2);
  const all = Object.assign({}, ...pages);
  expect(all).toMatchObject({ 'rds.force_ssl': '1', log_min_duration_statement: '1000' });
  expect(all).toHaveProperty('work_mem', undefined);
});

test('groups are found by name, and no others are', async () => {
  const parameterGroup = (DBParameterGroupName: string) =>
    bench.client.send(new DescribeDBParameterGroupsCommand({ DBParameterGroupName }));
  expect((await parameterGroup('default.postgres18')).DBParameterGroups).toMatchObject([
    { DBParameterGroupFamily: 'postgres18' },
  ]);
  await expect(parameterGroup('lost')).rejects.toMatchObject({ name: 'DBParameterGroupNotFoundFault' });
  const subnetGroup = (DBSubnetGroupName: string) =>
    bench.client.send(new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName }));
  expect((await subnetGroup('default')).DBSubnetGroups).toMatchObject([{ SubnetGroupStatus: 'Complete' }]);
  await expect(subnetGroup('lost')).rejects.toMatchObject({ name: 'DBSubnetGroupNotFoundFault' });
});
