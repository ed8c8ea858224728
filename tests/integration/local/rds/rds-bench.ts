import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  DescribeExportTasksCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import type { ClientConfig } from 'pg';
import { startLocalFauxqs } from '../../../../infra/local/aws/fauxqs.ts';
import { s3Service } from '../../../../infra/local/aws/s3-service.ts';
import type { Exporter } from '../../../../infra/local/export/exporter.ts';
import { startGateway } from '../../../../infra/local/gateway/gateway.ts';
import { createCertificate } from '../../../../infra/local/postgres/certificate.ts';
import { connectionTo, withConnection } from '../../../../infra/local/postgres/connection.ts';
import { startWatchdog } from '../../../../infra/local/postgres/watchdog.ts';
import type { RdsEvent } from '../../../../infra/local/rds/events.ts';
import type { CreatedInstance, CreateInstanceOptions } from '../../../../infra/local/rds/instances/create.ts';
import {
  createLocalRds,
  type LocalRds,
  type LocalRdsOptions,
} from '../../../../infra/local/rds/local-rds.ts';

export const HOME = 'us-west-1';
export const AWAY = 'us-east-1';
export const BUCKET = 'nightshift-backups';
export const ROLE = 'arn:aws:iam::111122223333:role/export';
export const KEY = 'alias/nightshift';

export interface RdsBench {
  readonly folder: string;
  readonly rds: LocalRds;
  /** In `HOME`. */
  readonly client: RDSClient;
  readonly away: RDSClient;
  readonly s3: S3Client;
  readonly events: readonly RdsEvent[];
  readonly certificatePem: string;
  close(): Promise<void>;
}

const NO_DELAYS = {
  snapshotCreating: 0,
  exportStarting: 0,
  exportRunning: 0,
  copying: 0,
  restoring: 0,
  deleting: 0,
  archiving: 200,
};

/** Reads nothing and writes nothing: for tests of the task around it. */
const idleExporter: Exporter = async ({ onProgress }) => {
  onProgress(50, 500);
  return { extractedBytes: 1_000 };
};

export async function openRds(options: Partial<LocalRdsOptions> = {}): Promise<RdsBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nightshift-test-'));
  const watchdog = startWatchdog();
  watchdog.watchFolder(folder);
  const fauxqs = await startLocalFauxqs(path.join(folder, 's3'));
  fauxqs.createBucket(BUCKET);
  const gateway = await startGateway({ services: [], streamed: [s3Service(fauxqs.port)] });
  const access = {
    endpoint: gateway.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const events: RdsEvent[] = [];
  const certificate = await createCertificate();
  const s3 = new S3Client({ ...access, region: HOME, forcePathStyle: true });
  const rds = await createLocalRds({
    folder: path.join(folder, 'rds'),
    regions: [HOME, AWAY],
    exporter: idleExporter,
    s3: () => s3,
    emit: (event) => events.push(event),
    certificate,
    watchdog,
    ...options,
    delays: { ...NO_DELAYS, ...options.delays },
  });
  gateway.add(rds);
  const client = new RDSClient({ ...access, region: HOME });
  const away = new RDSClient({ ...access, region: AWAY });
  return {
    folder,
    rds,
    client,
    away,
    s3,
    events,
    certificatePem: certificate.certificatePem,
    close: async () => {
      for (const open of [client, away, s3]) open.destroy();
      await rds.stop();
      await gateway.stop();
      await fauxqs.stop();
      await rm(folder, { recursive: true, force: true });
      await watchdog.stop();
    },
  };
}

export const MASTER_PASSWORD = 'the clinic’s secret';

export function addInstance(
  bench: RdsBench,
  identifier: string,
  extra: Partial<CreateInstanceOptions> = {},
): Promise<CreatedInstance> {
  return bench.rds.createInstance({
    identifier,
    region: HOME,
    engineVersion: '15',
    masterUsername: 'clinic',
    masterPassword: MASTER_PASSWORD,
    databaseName: 'shop',
    allocatedStorageGiB: 20,
    backupRetentionDays: 0,
    ...extra,
  });
}

/** Asks until `accept` holds; the test's own timeout is the limit. */
async function poll<T>(ask: () => Promise<T>, accept: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    await sleep(20);
  }
}

export async function snapshotIn(client: RDSClient, identifier: string, status = 'available') {
  const { DBSnapshots } = await poll(
    () => client.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: identifier })),
    ({ DBSnapshots: found }) => found?.[0]?.Status === status,
  );
  const [snapshot] = DBSnapshots ?? [];
  if (!snapshot) throw new Error(`no snapshot ${identifier}`);
  return snapshot;
}

export async function instanceIn(client: RDSClient, identifier: string, status = 'available') {
  const { DBInstances } = await poll(
    () => client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier })),
    ({ DBInstances: found }) => found?.[0]?.DBInstanceStatus === status,
  );
  const [instance] = DBInstances ?? [];
  if (!instance) throw new Error(`no instance ${identifier}`);
  return instance;
}

export async function exportIn(client: RDSClient, identifier: string, status = 'COMPLETE') {
  const { ExportTasks } = await poll(
    () => client.send(new DescribeExportTasksCommand({ ExportTaskIdentifier: identifier })),
    ({ ExportTasks: found }) => found?.[0]?.Status === status,
  );
  const [task] = ExportTasks ?? [];
  if (!task) throw new Error(`no export task ${identifier}`);
  return task;
}

export async function goneFrom(client: RDSClient, identifier: string): Promise<void> {
  await poll(
    () => client.send(new DescribeDBInstancesCommand({})),
    ({ DBInstances }) => !DBInstances?.some((found) => found.DBInstanceIdentifier === identifier),
  );
}

export async function row(connection: ClientConfig, sql: string) {
  return withConnection(connection, async (client) => (await client.query(sql)).rows[0]);
}

/** The identifiers of the events so far, about one thing. */
export function eventsOf(bench: RdsBench, identifier: string): string[] {
  return bench.events
    .filter(({ detail }) => detail.SourceIdentifier === identifier)
    .map(({ detail }) => detail.EventID.replace('RDS-EVENT-', ''));
}

/** The master user's connection to an instance, by the endpoint that is described. */
export async function connectionFor(
  bench: RdsBench,
  client: RDSClient,
  identifier: string,
): Promise<ClientConfig> {
  const { Endpoint } = await instanceIn(client, identifier);
  return connectionTo({
    port: Endpoint?.Port ?? 0,
    user: 'clinic',
    password: MASTER_PASSWORD,
    database: 'shop',
    certificatePem: bench.certificatePem,
  });
}

export const restore = (client: RDSClient, snapshot: string, instance: string, extra = {}) =>
  client.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBSnapshotIdentifier: snapshot,
      DBInstanceIdentifier: instance,
      ...extra,
    }),
  );

export const drop = async (client: RDSClient, identifier: string) => {
  await client.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: identifier, SkipFinalSnapshot: true }),
  );
  await goneFrom(client, identifier);
};

/** Waits until the instance can be restored to that moment. */
export async function restorableSince(bench: RdsBench, identifier: string, moment: Date): Promise<void> {
  for (;;) {
    const { LatestRestorableTime } = await instanceIn(bench.client, identifier);
    if (LatestRestorableTime && LatestRestorableTime > moment) return;
    await sleep(20);
  }
}
