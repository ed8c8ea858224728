import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import type { Client } from 'pg';
import { seedDemo } from '../../../../infra/local/demo/seed.ts';
import type { ExportRequest } from '../../../../infra/local/export/exporter.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { localClients } from '../../../support/local-clients.ts';

export const BUCKET = 'menotime-backups';

/** Sizes at which the small demo has several parts and batches. */
export const SMALL_PIECES = { rowGroupBytes: 300_000, partBytes: 1_000_000, partsPerBatch: 2 };

export interface ExportBench {
  readonly s3: S3Client;
  /** A request that exports everything, but for what is given. */
  readonly request: (overrides: Partial<ExportRequest>) => ExportRequest;
  readonly onDatabase: <T>(database: string, work: (client: Client) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** A small demo database with two more beside it, one of them the service's own, and an empty bucket. */
export async function openExportBench(): Promise<ExportBench> {
  const cluster = await startEmbeddedCluster();
  const storage = await startFauxqs({ port: 0, logger: false });
  const { s3, destroyAll } = localClients({ endpoint: `http://127.0.0.1:${storage.port}` });
  const onDatabase: ExportBench['onDatabase'] = (name, work) => withConnection(cluster.config(name), work);
  for (const name of ['menotime_demo', 'second', 'rdsadmin']) await cluster.createDatabase(name);
  await seedDemo({
    connection: cluster.config('menotime_demo'),
    passwords: {},
    auditRows: 12_000,
    patients: 40,
    now: new Date('2026-02-01T00:00:00Z'),
  });
  for (const name of ['second', 'rdsadmin']) {
    await onDatabase(name, (client) => client.query('CREATE TABLE things AS SELECT 1 AS id'));
  }
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const request: ExportBench['request'] = (overrides) => ({
    exportTaskIdentifier: 'nightly-1',
    sourceArn: 'arn:aws:rds:us-west-1:111122223333:snapshot:menotime-1',
    exportOnly: [],
    snapshotTime: new Date('2026-02-01T03:00:05Z'),
    taskStartTime: new Date('2026-02-01T15:04:05Z'),
    bucket: BUCKET,
    prefix: 'exports',
    iamRoleArn: 'arn:aws:iam::111122223333:role/export',
    kmsKeyId: 'arn:aws:kms:us-west-1:111122223333:key/k',
    server: cluster.address,
    s3,
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...overrides,
  });
  const close = async () => {
    destroyAll();
    await storage.stop();
    await cluster.stop();
  };
  return { s3, request, onDatabase, close };
}
