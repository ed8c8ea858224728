import {
  CancelExportTaskCommand,
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeExportTasksCommand,
  StartExportTaskCommand,
  type StartExportTaskCommandInput,
} from '@aws-sdk/client-rds';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Exporter, ExportRequest } from '../../../../infra/local/export/exporter.ts';
import { connectionTo } from '../../../../infra/local/postgres/connection.ts';
import type { CreatedInstance } from '../../../../infra/local/rds/instances/create.ts';
import {
  addInstance,
  BUCKET,
  eventsOf,
  exportIn,
  HOME,
  KEY,
  openRds,
  type RdsBench,
  ROLE,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
let live: CreatedInstance;
const requests: ExportRequest[] = [];

/** Writes the number of visits in the snapshot, and nothing more. */
const countingExporter: Exporter = async (request) => {
  requests.push(request);
  const { server, bucket, prefix, exportTaskIdentifier, s3 } = request;
  const connection = connectionTo({
    ...server,
    database: 'shop',
    certificatePem: server.certificatePem ?? '',
  });
  const { n } = await row(connection, 'SELECT count(*)::int AS n FROM visit');
  request.onProgress(40, 1_000);
  const Key = `${prefix}/${exportTaskIdentifier}/visits`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: String(n) }));
  request.onProgress(100, 3_400_000_000);
  return { extractedBytes: 3_400_000_000 };
};

beforeAll(async () => {
  bench = await openRds({ exporter: countingExporter });
  live = await addInstance(bench, 'shop');
  await row(live.masterConnection, 'CREATE TABLE visit AS SELECT generate_series(1, 7) AS n');
  for (let index = 0; index < 7; index += 1) {
    await bench.client.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: `s${index}` }),
    );
    await snapshotIn(bench.client, `s${index}`);
  }
  await row(live.masterConnection, 'INSERT INTO visit VALUES (8)');
});
beforeEach(() => bench.rds.faults.clear());
afterAll(() => bench.close());

const arnOf = (snapshot: string) => `arn:aws:rds:${HOME}:111122223333:snapshot:${snapshot}`;

const start = (identifier: string, snapshot = 's0', extra: Partial<StartExportTaskCommandInput> = {}) =>
  bench.client.send(
    new StartExportTaskCommand({
      ExportTaskIdentifier: identifier,
      SourceArn: arnOf(snapshot),
      S3BucketName: BUCKET,
      S3Prefix: 'exports/',
      IamRoleArn: ROLE,
      KmsKeyId: KEY,
      ...extra,
    }),
  );

test('an export reads the snapshot, not the live server, and ends COMPLETE', async () => {
  const started = await start('first');
  expect(started).toMatchObject({ Status: 'STARTING', SourceType: 'SNAPSHOT', PercentProgress: 0 });
  expect(started.TaskStartTime).toBeUndefined();
  const task = await exportIn(bench.client, 'first');
  expect(task).toMatchObject({
    SourceArn: arnOf('s0'),
    S3Bucket: BUCKET,
    S3Prefix: 'exports',
    PercentProgress: 100,
    TotalExtractedDataInGB: 3,
    SnapshotTime: expect.any(Date),
    TaskStartTime: expect.any(Date),
    TaskEndTime: expect.any(Date),
    KmsKeyId: `arn:aws:kms:${HOME}:111122223333:alias/nightshift`,
  });
  expect(task.WarningMessage).toBeUndefined();
  expect(requests.at(-1)).toMatchObject({ exportOnly: [], prefix: 'exports' });
  expect(eventsOf(bench, 's0')).toContain('0161');
  const stored = await import('@aws-sdk/client-s3').then(({ GetObjectCommand }) =>
    bench.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'exports/first/visits' })),
  );
  expect(await stored.Body?.transformToString()).toBe('7');
  expect(await row(live.masterConnection, 'SELECT count(*)::int AS n FROM visit')).toEqual({ n: 8 });
});

test('ExportOnly must name what is in the snapshot', async () => {
  await start('only', 's1', { ExportOnly: ['shop.public.visit'] });
  await exportIn(bench.client, 'only');
  expect(requests.at(-1)?.exportOnly).toEqual(['shop.public.visit']);
  for (const wrong of [
    'shop.public.absent',
    'nowhere',
    'shop.nothing',
    'a.b.c.d',
    'shop.public.with space',
  ]) {
    await expect(start('wrong', 's1', { ExportOnly: [wrong] })).rejects.toMatchObject({
      name: 'InvalidExportOnlyFault',
    });
  }
  await expect(exportIn(bench.client, 'wrong')).rejects.toMatchObject({ name: 'ExportTaskNotFoundFault' });
});

test('a snapshot may be deleted while it is exported', async () => {
  bench.rds.faults.order({ kind: 'export-sticks' });
  await start('orphan', 's2');
  await exportIn(bench.client, 'orphan', 'IN_PROGRESS');
  await bench.client.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 's2' }));
  bench.rds.faults.release();
  await exportIn(bench.client, 'orphan');
});

test('what is wrong with a request is named as the service names it', async () => {
  const refused = (name: string, identifier: string, snapshot?: string, extra = {}) =>
    expect(start(identifier, snapshot, extra)).rejects.toMatchObject({ name });
  for (const identifier of ['a'.repeat(61), '1st', 'double--hyphen', 'ends-', 'under_score']) {
    await refused('InvalidParameterValue', identifier);
  }
  await refused('ExportTaskAlreadyExistsFault', 'FIRST');
  await refused('DBSnapshotNotFoundFault', 'e', 'absent');
  await refused('InvalidS3BucketFault', 'e', 's0', { S3BucketName: 'absent-bucket' });
  await refused('IamRoleNotFoundFault', 'e', 's0', { IamRoleArn: 'export-role' });
  await refused('KMSKeyNotAccessibleFault', 'e', 's0', { KmsKeyId: 'alias/aws/rds' });
  await refused('InvalidParameterValue', 'e', 's0', { S3Prefix: 'a:b' });
  bench.rds.faults.order({ kind: 'kms-denied', identifier: KEY });
  await refused('KMSKeyNotAccessibleFault', 'e');
  bench.rds.faults.order({
    kind: 'call-refused',
    identifier: 'StartExportTask',
    code: 'IamRoleMissingPermissions',
  });
  await refused('IamRoleMissingPermissionsFault', 'e');
  bench.rds.faults.order({ kind: 'snapshot-sticks' });
  await bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'not-yet' }),
  );
  await refused('InvalidExportSourceStateFault', 'e', 'not-yet');
  bench.rds.faults.release();
  await snapshotIn(bench.client, 'not-yet');
});

test('five exports run at once, one of a snapshot; the sixth is refused until one is cancelled', async () => {
  bench.rds.faults.order({ kind: 'export-sticks', times: 5 });
  const sources = ['s0', 's1', 's3', 's4', 's5'];
  await start('place-s0', 's0');
  await expect(start('same', 's0')).rejects.toMatchObject({ name: 'InvalidExportSourceStateFault' });
  for (const source of sources.slice(1)) await start(`place-${source}`, source);
  await expect(start('sixth', 's6')).rejects.toMatchObject({
    name: 'ExportTaskLimitReachedFault',
    message: 'You have reached the limit of 5 concurrent export tasks.',
  });
  const cancelled = await bench.client.send(
    new CancelExportTaskCommand({ ExportTaskIdentifier: 'place-s5' }),
  );
  expect(cancelled.Status).toBe('CANCELING');
  await exportIn(bench.client, 'place-s5', 'CANCELED');
  expect(eventsOf(bench, 's5')).toContain('0160');
  await start('sixth', 's6');
  bench.rds.faults.clear();
  for (const source of sources.slice(0, 4)) await exportIn(bench.client, `place-${source}`);
  await exportIn(bench.client, 'sixth');
});

test('bad ends on order: failed with its cause, cancelled, complete with a warning', async () => {
  const warningMessage =
    '{"skippedTables":[{"target":"shop.public.a/b"}],"skippedObjectives":[],"general":[]}';
  bench.rds.faults.order({ kind: 'export-fails', identifier: 'fails', cause: 'The export ran out of luck' });
  bench.rds.faults.order({ kind: 'export-is-cancelled', identifier: 's1' });
  bench.rds.faults.order({ kind: 'export-warns', identifier: 'warns', warningMessage });
  await Promise.all([start('fails', 's0'), start('ended', 's1'), start('warns', 's3')]);
  const failed = await exportIn(bench.client, 'fails', 'FAILED');
  expect(failed.FailureCause).toBe('The export ran out of luck');
  await exportIn(bench.client, 'ended', 'CANCELED');
  expect((await exportIn(bench.client, 'warns')).WarningMessage).toBe(warningMessage);
  expect(eventsOf(bench, 's0')).toContain('0159');
  const again = bench.client.send(new CancelExportTaskCommand({ ExportTaskIdentifier: 'fails' }));
  await expect(again).rejects.toMatchObject({ name: 'InvalidExportTaskStateFault' });
});

test('tasks are found by source, status and bucket', async () => {
  const found = async (Name: string, Value: string) => {
    const { ExportTasks } = await bench.client.send(
      new DescribeExportTasksCommand({ Filters: [{ Name, Values: [Value] }] }),
    );
    return ExportTasks?.map(({ ExportTaskIdentifier }) => ExportTaskIdentifier);
  };
  expect(await found('source-arn', arnOf('s2'))).toEqual(['orphan']);
  expect(await found('status', 'failed')).toEqual(['fails']);
  expect(await found('s3-bucket', 'another')).toEqual([]);
  const { ExportTasks } = await bench.client.send(new DescribeExportTasksCommand({ SourceArn: arnOf('s6') }));
  expect(ExportTasks).toHaveLength(1);
});
