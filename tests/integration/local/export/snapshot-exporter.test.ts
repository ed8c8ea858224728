import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Client, escapeIdentifier } from 'pg';
import type { ExportOutcome } from '../../../../infra/local/export/exporter.ts';
import { createSnapshotExporter } from '../../../../infra/local/export/snapshot-exporter.ts';
import { BUCKET, type ExportBench, openExportBench, SMALL_PIECES } from './export-bench.ts';
import { download, listKeys, openDuckDb, readByDuckDb, readByHyparquet, readJson } from './exported-files.ts';
import { asLines, expectedText, foundText, sourceRows } from './text-form.ts';

const ROOT = 'exports/nightly-1';

interface TablesInfo {
  perTableStatus: {
    target: string;
    status: string;
    sizeGB: number;
    tableStatistics: { partitioningInfo: { numberOfPartitions: number } };
    schemaMetadata: { originalTypeMappings: { columnName: string }[] };
  }[];
}

let bench: ExportBench;
let folder: string;
let outcome: ExportOutcome;
let keys: string[];
let info: TablesInfo;
const progress: [percent: number, extractedBytes: number][] = [];

beforeAll(async () => {
  bench = await openExportBench();
  const { s3, request } = bench;
  folder = await mkdtemp(join(tmpdir(), 'nightshift-export-'));
  outcome = await createSnapshotExporter(SMALL_PIECES)(
    request({ onProgress: (percent, bytes) => progress.push([percent, bytes]) }),
  );
  keys = await listKeys(s3, BUCKET, ROOT);
  await download(s3, BUCKET, keys, folder);
  const infoKey = keys.find((key) => key.includes('/export_tables_info_')) ?? '';
  info = await readJson<TablesInfo>(s3, BUCKET, infoKey);
});

afterAll(async () => {
  await bench?.close();
  await rm(folder, { recursive: true, force: true });
});

const pathOf = (schema: string, table: string) =>
  `${ROOT}/menotime_demo/${schema}.${table.replace(/[" ]/g, '_')}/`;

const partsOf = (schema: string, table: string) =>
  keys.filter((key) => key.startsWith(pathOf(schema, table)) && key.endsWith('.gz.parquet'));

async function exportedTables(source: Client) {
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
    await bench.onDatabase('menotime_demo', async (source) => {
      await source.query(`SET timezone = 'UTC'; SET search_path = pg_catalog`);
      const tables = await exportedTables(source);
      expect(tables.length).toBeGreaterThan(30);
      for (const { schema, table } of tables) {
        const files = partsOf(schema, table).map((key) => join(folder, key));
        const quoted = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
        const { columns, types, rows } = await sourceRows(source, quoted);
        const expected = asLines(rows, types, expectedText);
        if (rows.length === 0) {
          expect([quoted, files]).toEqual([quoted, []]);
          continue;
        }
        expect([quoted, asLines(await readByDuckDb(duckdb, files, columns), types, foundText)]).toEqual([
          quoted,
          expected,
        ]);
        expect([quoted, asLines(await readByHyparquet(files, columns), types, foundText)]).toEqual([
          quoted,
          expected,
        ]);
      }
    });
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
    const task = await readJson<Record<string, unknown>>(
      bench.s3,
      BUCKET,
      `${ROOT}/export_info_nightly-1.json`,
    );
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
