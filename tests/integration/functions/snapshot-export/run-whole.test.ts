import { RestoreDBInstanceFromDBSnapshotCommand, waitUntilDBInstanceAvailable } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { connectionTo } from '../../../../infra/local/postgres/connection.ts';
import { sha256 } from '../../../../shared/aws/objects.ts';
import type { Manifest } from '../../../../shared/job/manifest-chain.ts';
import { rowsOfBatch, startBusyWriter } from '../../../support/busy-writer.ts';
import {
  type JobStage,
  type SnapshotExportResult,
  scheduled,
  startJobStage,
} from '../../../support/job-stage.ts';
import { madeFor, readObject } from '../../../support/made.ts';
import { type ManifestTable, readTable } from '../../../support/read-export.ts';

interface ManifestBody {
  readonly tables: readonly ManifestTable[];
  readonly moment: { readonly after: { lsn: string }; readonly before: { lsn: string } } | null;
  readonly schema: { readonly key: string; readonly sha256: string };
}

const night = '2026-01-02';

describe('a whole run, while a client goes on writing', () => {
  let stage: JobStage;
  let result: SnapshotExportResult;
  let manifest: Manifest<ManifestBody>;
  let truth: Client;
  let batchesWritten: number;

  beforeAll(async () => {
    // Long enough after the second count for a transaction that was open then to have ended.
    stage = await startJobStage({ settings: { polling: { ...quickPolling, settleSeconds: 14 } } });
    const [database] = stage.databases;
    if (!database) throw new Error('The stage has no database.');
    const writer = await startBusyWriter({ ...database.instance.adminConnection, database: 'menotime_demo' });
    result = await stage.run(scheduled(night));
    batchesWritten = await writer.stop();
    manifest = JSON.parse(await readObject(stage, 'manifests/snapshot-export/menotime/00000001.json'));
    truth = await connectToRestored(stage);
  }, 120_000);

  afterAll(async () => {
    await truth?.end();
    await stage?.stop();
  });

  test('succeeds, and leaves one snapshot, one export, one copy, one record and one manifest', async () => {
    expect(result).toMatchObject({
      kind: 'done',
      before: false,
      record: { status: 'succeeded', slot: night },
    });
    const made = await madeFor(stage, night);
    expect(made.snapshots).toHaveLength(1);
    expect(made.exports).toHaveLength(1);
    expect(made.copies).toMatchObject([{ Status: 'available', SourceRegion: 'us-west-1' }]);
    expect(made.successes).toHaveLength(1);
    expect(made.failures).toEqual([]);
    expect(made.manifests).toHaveLength(1);
  });

  test('an independent reader finds, table by table, as many rows as the restored snapshot has', async () => {
    const found: Record<string, number> = {};
    const expected: Record<string, number> = {};
    for (const table of manifest.body.tables) {
      const rows = await readTable(stage.stack.s3Folder, stage.names.backupBucket, table, '1');
      found[table.folder] = rows.length;
      expected[table.folder] = await countInRestored(truth, table.tables);
    }
    expect(found).toEqual(expected);
    expect(manifest.body.tables.length).toBeGreaterThan(30);
    expect(Object.fromEntries(manifest.body.tables.map(({ folder, rows }) => [folder, rows]))).toEqual(
      expected,
    );
  });

  test('the rows that were being written are those of one moment, and the live table has moved on', async () => {
    const table = tableOf(manifest, 'public.moving');
    const exported = await readTable(
      stage.stack.s3Folder,
      stage.names.backupBucket,
      table,
      'id, batch, note',
    );
    const restored = await truth.query('SELECT id, batch, note FROM public.moving');
    const plain = (rows: readonly object[]) => rows.map((row) => Object.values(row).join('|')).sort();
    expect(plain(exported)).toEqual(plain(restored.rows));
    const sizes = Map.groupBy(exported, ({ batch }) => batch);
    expect([...sizes.values()].every((rows) => rows.length === rowsOfBatch)).toBe(true);
    const newest = Math.max(...exported.map(({ batch }) => Number(batch)));
    expect(newest).toBeGreaterThan(0);
    expect(newest).toBeLessThan(batchesWritten);
  });

  test('rows are held against bounds where they were being written, and against exact counts elsewhere', () => {
    expect(tableOf(manifest, 'public.moving').against).toBe('bounds');
    const others = manifest.body.tables.filter(({ folder }) => folder !== 'public.moving');
    expect(new Set(others.map(({ against }) => against))).toEqual(new Set(['exact count']));
  });

  test('the manifest names each file with the checksum that S3 holds, and the schema by its hash', async () => {
    const files = manifest.body.tables.flatMap((table) => table.files);
    expect(files.length).toBeGreaterThan(20);
    for (const { checksum } of files) expect(checksum).toMatch(/^(crc64nvme|crc32|sha256|etag):.+/);
    expect(sha256(await readObject(stage, manifest.body.schema.key))).toBe(manifest.body.schema.sha256);
    expect(manifest.body.moment?.after.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  });

  test('the record names the manifest by the hash of its bytes', async () => {
    const text = await readObject(stage, 'manifests/snapshot-export/menotime/00000001.json');
    expect(result).toMatchObject({
      record: { report: { export: { manifest: { sequence: 1, sha256: sha256(text) } } } },
    });
  });
});

const quickPolling = { snapshotSeconds: 1, exportSeconds: 1, copySeconds: 1, placeSeconds: 1 };

function tableOf(manifest: Manifest<ManifestBody>, folder: string): ManifestTable {
  const table = manifest.body.tables.find((each) => each.folder === folder);
  if (!table) throw new Error(`The manifest does not hold ${folder}.`);
  return table;
}

async function connectToRestored(stage: JobStage): Promise<Client> {
  const { rds } = stage.clients;
  const DBInstanceIdentifier = 'truth';
  const made = await madeFor(stage, night);
  await rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier,
      DBSnapshotIdentifier: made.snapshots[0]?.DBSnapshotIdentifier,
    }),
  );
  const waited = await waitUntilDBInstanceAvailable(
    { client: rds, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
    { DBInstanceIdentifier },
  );
  const endpoint = (waited.reason as { DBInstances: { Endpoint: { Port: number } }[] }).DBInstances[0]
    ?.Endpoint;
  const [database] = stage.databases;
  const client = new Client(
    connectionTo({
      port: endpoint?.Port ?? 0,
      user: 'nightshift',
      password: database?.jobPassword ?? '',
      database: 'menotime_demo',
      certificatePem: stage.stack.certificatePem,
    }),
  );
  await client.connect();
  return client;
}

async function countInRestored(client: Client, tables: readonly string[]): Promise<number> {
  let total = 0;
  for (const table of tables) {
    const [schema = '', ...name] = table.split('.');
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) FROM ONLY ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name.join('.'))}`,
    );
    total += Number(rows[0]?.count);
  }
  return total;
}
