import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { Client, escapeIdentifier } from 'pg';
import { seedDemo } from '../../../../infra/local/demo/seed.ts';
import type { ExportOutcome, ExportRequest } from '../../../../infra/local/export/exporter.ts';
import { createSnapshotExporter } from '../../../../infra/local/export/snapshot-exporter.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { localClients } from '../../../support/local-clients.ts';
import { download, listKeys, openDuckDb, readByDuckDb, readByHyparquet, readJson } from './exported-files.ts';
import { asLines, expectedText, foundText, sourceRows } from './text-form.ts';

const BUCKET = 'menotime-backups';
const ROOT = 'exports/nightly-1';
const SMALL_PIECES = { rowGroupBytes: 300_000, partBytes: 1_000_000, partsPerBatch: 2 };

interface TablesInfo {
  perTableStatus: {
    target: string;
    status: string;
    sizeGB: number;
    tableStatistics: { partitioningInfo: { numberOfPartitions: number } };
    schemaMetadata: { originalTypeMappings: { columnName: string }[] };
  }[];
}

let cluster: EmbeddedCluster;
let storage: FauxqsServer;
let clients: ReturnType<typeof localClients>;
let s3: S3Client;
let source: Client;
let folder: string;
let outcome: ExportOutcome;
let keys: string[];
let info: TablesInfo;
const progress: [percent: number, extractedBytes: number][] = [];

function request(overrides: Partial<ExportRequest>): ExportRequest {
  return {
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
  };
}

const onDemo = async <T>(database: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client(cluster.config(database));
  await client.connect();
  return work(client).finally(() => client.end());
};

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  for (const name of ['menotime_demo', 'second', 'rdsadmin']) await cluster.createDatabase(name);
  await seedDemo({
    connection: cluster.config('menotime_demo'),
    passwords: {},
    auditRows: 12_000,
    patients: 40,
    now: new Date('2026-02-01T00:00:00Z'),
  });
  for (const name of ['second', 'rdsadmin']) {
    await onDemo(name, (client) => client.query('CREATE TABLE things AS SELECT 1 AS id'));
  }
  storage = await startFauxqs({ port: 0, logger: false });
  clients = localClients({ endpoint: `http://127.0.0.1:${storage.port}` });
  s3 = clients.s3;
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  folder = await mkdtemp(join(tmpdir(), 'nightshift-export-'));
  outcome = await createSnapshotExporter(SMALL_PIECES)(
    request({ onProgress: (percent, bytes) => progress.push([percent, bytes]) }),
  );
  keys = await listKeys(s3, BUCKET, ROOT);
  await download(s3, BUCKET, keys, folder);
  const infoKey = keys.find((key) => key.includes('/export_tables_info_')) ?? '';
  info = await readJson<TablesInfo>(s3, BUCKET, infoKey);
  source = new Client(cluster.config('menotime_demo'));
  await source.connect();
  await source.query(`SET timezone = 'UTC'; SET search_path = pg_catalog`);
});

afterAll(async () => {
  await source?.end();
  clients?.destroyAll();
  await storage?.stop();
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (schema: string, table: string) =>
  `${ROOT}/menotime_demo/${schema}.${table.replace(/[" ]/g, '_')}/`;

const partsOf = (schema: string, table: string) =>
  keys.filter((key) => key.startsWith(pathOf(schema, table)) && key.endsWith('.gz.parquet'));

async function exportedTables() {
  const { rows } = await source.query<{ schema: string; table: string }>(
    `SELECT schemaname AS schema, tablename AS table FROM pg_tables JOIN pg_class ON relname = tablename
       AND relnamespace = quote_ident(schemaname)::regnamespace
     WHERE schemaname IN ('public', 'oddities', 'MixedCase') AND relkind = 'r' AND relpersistence = 'p'
       AND tablename NOT IN ('slash/name', 'comma_column', 'space_column')`,
  );
  return rows;
}

describe('the exported rows', () => {
  test('are those of the source, value by value, for DuckDB and for hyparquet', async () => {
    const duckdb = await openDuckDb();
    const tables = await exportedTables();
    expect(tables.length).toBeGreaterThan(30);
    for (const { schema, table } of tables) {
      const quoted = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
      const { columns, types, rows } = await sourceRows(source, quoted);
      const expected = asLines(rows.map((row) => row.map((text, i) => expectedText(types[i] ?? 0, text))));
      const files = partsOf(schema, table).map((key) => join(folder, key));
      if (rows.length === 0) {
        expect([quoted, files]).toEqual([quoted, []]);
        continue;
      }
      for (const found of [
        await readByDuckDb(duckdb, files, columns),
        await readByHyparquet(files, columns),
      ]) {
        const lines = asLines(found.map((row) => row.map((value, i) => foundText(types[i] ?? 0, value))));
        if (lines.join() !== expected.join()) expect([quoted, lines]).toEqual([quoted, expected]);
      }
    }
    duckdb.closeSync();
  });

  test('have the documented Parquet types', async () => {
    const duckdb = await openDuckDb();
    const [file = ''] = partsOf('oddities', 'every_type').map((key) => join(folder, key));
    const result = await duckdb.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet('${file}')`);
    const types = new Map(result.getRowsJS().map(([name, type]) => [name, type]));
    const native = [...types].filter(([, type]) => type !== 'VARCHAR');
    expect(Object.fromEntries(native)).toEqual({
      ...{ id: 'INTEGER', a_smallint: 'SMALLINT', an_integer: 'INTEGER', a_bigint: 'BIGINT' },
      ...{ a_real: 'FLOAT', a_double: 'DOUBLE', a_boolean: 'BOOLEAN', a_bytea: 'BLOB' },
    });
    expect(types.size).toBe(54);
    duckdb.closeSync();
  });
});

describe('the layout', () => {
  test('has batches of several parts with gaps in their numbers, each with _SUCCESS', () => {
    const audit = keys.filter((key) => key.startsWith(pathOf('public', 'audit_log')));
    const numbers = audit.map((key) =>
      key.slice(pathOf('public', 'audit_log').length).replace(/-[0-9a-f]{8}-[0-9a-f-]{27}/, ''),
    );
    expect(numbers).toEqual([
      ...['1/_SUCCESS', '1/part-00000.gz.parquet', '1/part-00002.gz.parquet'],
      ...['2/_SUCCESS', '2/part-00000.gz.parquet', '2/part-00002.gz.parquet'],
    ]);
    const writeIds = new Set(audit.map((key) => /part-\d{5}-([0-9a-f-]{36})/.exec(key)?.[1]).filter(Boolean));
    expect(writeIds.size).toBe(1);
  });

  test('has _SUCCESS alone for an empty table', () => {
    expect(keys.filter((key) => key.startsWith(pathOf('oddities', 'empty_table')))).toEqual([
      `${pathOf('oddities', 'empty_table')}1/_SUCCESS`,
    ]);
  });

  test('replaces quotes and spaces in paths, and nothing else', () => {
    const folders = new Set(keys.map((key) => key.slice(ROOT.length + 1).split('/')[1]));
    for (const name of ['a__quoted__name', 'Order_Line', 'dotted.name', 'naïve_表_🚀']) {
      expect(folders).toContain(`oddities.${name}`);
    }
    expect(folders).toContain('MixedCase.CamelTable');
  });

  test('holds partitions, and no parent, view or unlogged table', () => {
    const targets = info.perTableStatus.map(({ target }) => target);
    expect(targets.filter((target) => target.includes('by_month'))).toEqual(
      ['2026_01', '2026_02', 'default'].map((name) => `menotime_demo.oddities.by_month_${name}`),
    );
    expect(keys.filter((key) => /mv_|unlogged|slow_statements|by_month\//.test(key))).toEqual([]);
  });

  test("takes every user's database, and not the service's own", () => {
    expect(keys).toContain(`${ROOT}/second/public.things/1/_SUCCESS`);
    expect(keys.filter((key) => /rdsadmin|template/.test(key))).toEqual([]);
  });
});

describe('the metadata', () => {
  test('describes the task as the service does', async () => {
    const task = await readJson<Record<string, unknown>>(s3, BUCKET, `${ROOT}/export_info_nightly-1.json`);
    expect(task).toEqual({
      exportTaskIdentifier: 'nightly-1',
      sourceArn: 'arn:aws:rds:us-west-1:111122223333:snapshot:menotime-1',
      exportOnly: [],
      snapshotTime: 'Feb 1, 2026, 3:00:05 AM',
      taskStartTime: 'Feb 1, 2026, 3:04:05 PM',
      taskEndTime: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2} [AP]M$/),
      s3Bucket: BUCKET,
      s3Prefix: 'exports',
      exportedFilesPath: ROOT,
      iamRoleArn: 'arn:aws:iam::111122223333:role/export',
      kmsKeyId: 'arn:aws:kms:us-west-1:111122223333:key/k',
      status: 'COMPLETE',
      percentProgress: 100,
      totalExportedDataInGB: outcome.extractedBytes / 2 ** 30,
    });
  });

  test('describes every table, its parts and its columns', () => {
    const audit = info.perTableStatus.find(({ target }) => target === 'menotime_demo.public.audit_log');
    expect(audit).toMatchObject({
      status: 'COMPLETE',
      sizeGB: expect.any(Number),
      tableStatistics: {
        extractionStartTime: expect.any(String),
        partitioningInfo: { numberOfPartitions: 4, numberOfCompletedPartitions: 4 },
      },
    });
    const zeros = { originalCharMaxLength: 0, originalNumPrecision: 0, originalDateTimePrecision: 0 };
    const text = { ...zeros, expectedExportedType: 'binary (UTF8)' };
    expect(audit?.schemaMetadata.originalTypeMappings).toEqual([
      {
        ...zeros,
        columnName: 'id',
        originalType: 'integer',
        expectedExportedType: 'int32',
        originalNumPrecision: 32,
      },
      {
        ...{ ...zeros, columnName: 'user_id', originalType: 'integer', expectedExportedType: 'int32' },
        originalNumPrecision: 32,
      },
      { ...text, columnName: 'table_name', originalType: 'character varying', originalCharMaxLength: 255 },
      { ...text, columnName: 'action', originalType: 'character varying', originalCharMaxLength: 10 },
      { ...text, columnName: 'old_values', originalType: 'json' },
      { ...text, columnName: 'new_values', originalType: 'json' },
      {
        ...{ ...text, columnName: 'timestamp', originalType: 'timestamp without time zone' },
        originalDateTimePrecision: 6,
      },
    ]);
  });

  test('is in one file named for its tables, and counts no rows', () => {
    const tables = info.perTableStatus.length;
    expect(keys).toContain(`${ROOT}/export_tables_info_nightly-1_from_1_to_${tables}.json`);
    const names = new Set<string>();
    JSON.stringify(info, (key, value) => {
      names.add(key);
      return value;
    });
    expect([...names].filter((name) => /rows|count/i.test(name))).toEqual([]);
  });

  test('warns of the tables that were left out', () => {
    expect(JSON.parse(outcome.warningMessage ?? '')).toEqual({
      skippedTables: [
        { target: 'menotime_demo.oddities.comma_column', reason: 'UNSUPPORTED_COLUMN_NAME' },
        { target: 'menotime_demo.oddities.slash/name', reason: 'UNSUPPORTED_TABLE_NAME' },
        { target: 'menotime_demo.oddities.space_column', reason: 'UNSUPPORTED_COLUMN_NAME' },
      ],
      skippedObjectives: [],
      general: [],
    });
    expect(keys.filter((key) => /slash|comma_column|space_column/.test(key))).toEqual([]);
  });

  test('comes with progress that only grows, and ends at 100', () => {
    expect(progress).toEqual(progress.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]));
    expect(progress.length).toBeGreaterThan(30);
    expect(progress.at(-1)).toEqual([100, outcome.extractedBytes]);
  });
});

describe('an export of a part', () => {
  test.each([
    ['a table', ['menotime_demo.public.patients'], ['menotime_demo/public.patients']],
    [
      'a table with a dot in its name',
      ['menotime_demo.oddities.dotted.name'],
      ['menotime_demo/oddities.dotted.name'],
    ],
    ['a schema', ['menotime_demo.MixedCase'], ['menotime_demo/MixedCase.CamelTable']],
    ['a database', ['second'], ['second/public.things']],
    [
      'several',
      ['second.public', 'menotime_demo.public.users', 'menotime_demo.public.users'],
      ['menotime_demo/public.users', 'second/public.things'],
    ],
  ])('takes %s', async (_what, exportOnly, folders) => {
    const exportTaskIdentifier = `part-${_what.replaceAll(' ', '-')}`;
    const done = await createSnapshotExporter()(request({ exportTaskIdentifier, exportOnly, prefix: '' }));
    const written = await listKeys(s3, BUCKET, `${exportTaskIdentifier}/`);
    const tables = written
      .filter((key) => key.endsWith('_SUCCESS'))
      .map((key) => key.split('/').slice(1, 3).join('/'));
    expect(tables).toEqual(folders);
    expect(done.warningMessage).toBeUndefined();
    expect(written).toContain(`${exportTaskIdentifier}/export_info_${exportTaskIdentifier}.json`);
  });
});

const sessions = () =>
  source
    .query(
      `SELECT FROM pg_stat_activity WHERE datname IN ('menotime_demo', 'second') AND pid <> pg_backend_pid()`,
    )
    .then(({ rowCount }) => rowCount);

async function untilNoSessions(): Promise<void> {
  while ((await sessions()) !== 0) await sleep(20);
}

describe('an export that does not finish', () => {
  test('stops when aborted, and leaves what it has written', async () => {
    const abort = new AbortController();
    const running = createSnapshotExporter(SMALL_PIECES)(
      request({
        exportTaskIdentifier: 'aborted',
        exportOnly: ['menotime_demo.public.audit_log'],
        signal: abort.signal,
        onProgress: () => abort.abort(),
      }),
    );
    await expect(running).rejects.toThrow('aborted');
    const written = await listKeys(s3, BUCKET, 'exports/aborted/');
    expect(written.filter((key) => key.endsWith('.parquet'))).toHaveLength(1);
    expect(written.filter((key) => key.endsWith('.json') || key.endsWith('_SUCCESS'))).toEqual([]);
    await untilNoSessions();
  });

  test('stops at once while the server is silent', async () => {
    const reason = new Error('cancelled by hand');
    await onDemo('second', async (blocker) => {
      await blocker.query('BEGIN; LOCK TABLE things');
      const abort = new AbortController();
      const running = createSnapshotExporter()(
        request({ exportTaskIdentifier: 'silent', exportOnly: ['second'], signal: abort.signal }),
      );
      const stopped = expect(running).rejects.toBe(reason);
      while ((await sessions()) !== 2) await sleep(20);
      abort.abort(reason);
      await stopped;
    });
    await untilNoSessions();
  });

  test('does not start when aborted before', async () => {
    const running = createSnapshotExporter()(request({ signal: AbortSignal.abort(new Error('too late')) }));
    await expect(running).rejects.toThrow('too late');
  });

  test('says what S3 said, and leaves no connection behind, though most rows are still to come', async () => {
    const exportOnly = ['menotime_demo.oddities.big_values'];
    await expect(
      createSnapshotExporter(SMALL_PIECES)(request({ bucket: 'no-such-bucket', exportOnly })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
    await untilNoSessions();
  });
});
