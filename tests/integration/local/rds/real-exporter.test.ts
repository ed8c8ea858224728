import { CreateDBSnapshotCommand, StartExportTaskCommand } from '@aws-sdk/client-rds';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSnapshotExporter } from '../../../../infra/local/export/snapshot-exporter.ts';
import {
  addInstance,
  BUCKET,
  exportIn,
  KEY,
  openRds,
  type RdsBench,
  ROLE,
  row,
  snapshotIn,
} from './rds-bench.ts';

let bench: RdsBench;
beforeAll(async () => {
  bench = await openRds({ exporter: createSnapshotExporter() });
});
afterAll(() => bench.close());

test('an export task writes Parquet and metadata of the snapshot, read over TLS', async () => {
  const live = await addInstance(bench, 'shop');
  await row(live.masterConnection, 'CREATE TABLE visit AS SELECT generate_series(1, 7) AS n');
  await bench.client.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'nightly' }),
  );
  const { DBSnapshotArn } = await snapshotIn(bench.client, 'nightly');
  await bench.client.send(
    new StartExportTaskCommand({
      ExportTaskIdentifier: 'nightly-export',
      SourceArn: DBSnapshotArn,
      S3BucketName: BUCKET,
      IamRoleArn: ROLE,
      KmsKeyId: KEY,
    }),
  );
  await exportIn(bench.client, 'nightly-export');
  const { Contents } = await bench.s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  const keys = Contents?.map(({ Key }) => Key) ?? [];
  expect(keys).toContain('nightly-export/export_info_nightly-export.json');
  expect(keys).toContainEqual(expect.stringMatching(/^nightly-export\/shop\/public\.visit\/.*\.parquet$/));
});
