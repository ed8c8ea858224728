import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Client } from 'pg';
import type { ArchiveContext } from '../../functions/audit-archive/archive-context.ts';
import type { Connect } from '../../functions/audit-archive/archive-slice.ts';
import type { ArchiveAction } from '../../functions/audit-archive/plan.ts';
import { fingerprintOf } from '../../functions/audit-archive/table-fingerprint.ts';
import { startLocalFauxqs } from '../../infra/local/aws/fauxqs.ts';
import { s3Service } from '../../infra/local/aws/s3-service.ts';
import { type Gateway, startGateway } from '../../infra/local/gateway/gateway.ts';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { readMigrations } from '../../infra/sql/migrations.ts';
import { auditArchive } from '../../shared/config/archive.ts';
import { ArchiveThread } from '../../shared/parquet/archive-thread.ts';
import { type ConnectOptions, withConnection } from '../../shared/postgres/connect.ts';
import { policyOf } from './archive-policies.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from './embedded-cluster.ts';
import { jobConnection } from './job-connection.ts';

export const BUCKET = 'nightshift-archive';
export const RESOURCE = 'db-BENCH';

/** A database with the ledger, an S3, and what a batch needs of both. */
export interface ArchiveBench {
  readonly cluster: EmbeddedCluster;
  /** Of the superuser, for what a test does itself. */
  readonly client: Client;
  readonly gateway: Gateway;
  readonly s3: S3Client;
  /** Its thread is shared, as that of a slice is: who moves rows side by side takes it out of one context. */
  readonly context: ArchiveContext;
  /** How and as whom the job connects; for another process too. */
  readonly connection: ConnectOptions;
  readonly connect: Connect;
  /** Messages that were logged. */
  readonly logged: string[];
  emptyBucket(): Promise<void>;
  stop(): Promise<void>;
}

export async function openArchiveBench(major: PostgresMajor = 15): Promise<ArchiveBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nightshift-test-'));
  const cluster = await startEmbeddedCluster(major);
  const fauxqs = await startLocalFauxqs(path.join(folder, 's3'));
  fauxqs.createBucket(BUCKET);
  const gateway = await startGateway({ services: [], streamed: [s3Service(fauxqs.port)] });
  const s3 = new S3Client({
    endpoint: gateway.endpoint,
    region: 'us-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 2,
  });
  const client = new Client(cluster.config('postgres'));
  await client.connect();
  for (const { sql } of await readMigrations('up')) await client.query(sql);
  const connection = await jobConnection(cluster, 'postgres', folder);
  const thread = new ArchiveThread();
  const logged: string[] = [];
  const log = (message: unknown) => logged.push(String(message));
  return {
    cluster,
    client,
    gateway,
    s3,
    context: {
      s3,
      bucket: BUCKET,
      database: 'bench',
      resourceId: RESOURCE,
      slot: '2026-01-02',
      fingerprints: {},
      settings: auditArchive.parse({
        policies: [{ table: 'public.any', ageColumn: 'at', olderThan: '1 day', to: { kind: 's3' } }],
      }),
      log: { info: log, warn: log, error: log, debug: log } as unknown as ArchiveContext['log'],
      thread,
    },
    connection,
    connect: (use) => withConnection(connection, use),
    logged,
    emptyBucket: async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    },
    stop: async () => {
      await thread.close();
      await client.end();
      s3.destroy();
      await gateway.stop();
      await fauxqs.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a batch needs, as a run has it that was planned with the table as it stands now. */
export async function planned(
  { client, context }: Pick<ArchiveBench, 'client' | 'context'>,
  { target, policy }: ArchiveAction,
): Promise<ArchiveContext> {
  return { ...context, fingerprints: { [target]: await fingerprintOf(client, policy.source) } };
}

/** Archives everything of a table that is before 2025. */
export function archiveAll(policy: object, changes: Partial<ArchiveAction> = {}): ArchiveAction {
  const parsed = policyOf(policy);
  return {
    kind: 'archive rows',
    target: parsed.name,
    reason: 'a test asks for it',
    policy: parsed,
    cutoff: '2025-01-01T00:00:00.000Z',
    ageType: 'timestamp without time zone',
    key: ['id'],
    holds: [],
    slices: [{ from: '-infinity', to: '2025-01-01' }],
    partitions: [],
    rows: 0,
    counted: false,
    oldest: null,
    newest: null,
    daysBehind: 0,
    warnings: [],
    ...changes,
  };
}

export const wholeSlice = { from: '-infinity', to: '2025-01-01' };
