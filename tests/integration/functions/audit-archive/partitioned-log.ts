import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { archivePartitions } from '../../../../functions/audit-archive/archive-partitions.ts';
import type { ArchiveAction } from '../../../../functions/audit-archive/plan.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import { type ArchiveBench, archiveAll, BUCKET } from '../../../support/archive-bench.ts';
import { readParquetBytes } from '../../../support/read-parquet.ts';

const goOn = async () => true;
const table = 'ol"d; log';
export const parent = quoteName('public', table);
export const part = (name: string) => ({ schema: 'public', name: `p ${name}` });
export const quoted = (name: string) => quoteName('public', `p ${name}`);

export const action = archiveAll(
  { table: `public.${quoteName(table)}`, ageColumn: 'at', partitions: 'whole', batchRows: 1_000 },
  {
    kind: 'archive partitions',
    cutoff: '2024-03-01T00:00:00.000Z',
    slices: [],
    partitions: [part('2024-01'), part('2024-02')],
  },
);

/** All rows that `fill` puts into the table, by their ids. */
export const all = Array.from({ length: 121 }, (_, n) => n);

/** A table with partitions by month, and what tests ask of it. */
export function partitionedLog(bench: ArchiveBench) {
  const query = async (sql: string) => (await bench.client.query(sql)).rows;

  /** 2024-01 to 2024-03 a partition each, and the rest of 2024 one, all but that commented. */
  async function fill(): Promise<void> {
    await query(/* sql */ `
      DROP TABLE IF EXISTS ${parent}, ${quoted('2024-01')}, ${quoted('2024-02')}, ${quoted('2024-03')}, ${quoted('rest')} CASCADE;
      TRUNCATE nightshift.archive_batches;
      CREATE TABLE ${parent} (id int NOT NULL, at timestamp NOT NULL, note text) PARTITION BY RANGE (at);
      CREATE INDEX ON ${parent} (at);
      CREATE TABLE ${quoted('2024-01')} PARTITION OF ${parent} FOR VALUES FROM (MINVALUE) TO ('2024-02-01');
      CREATE TABLE ${quoted('2024-02')} PARTITION OF ${parent} FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
      CREATE TABLE ${quoted('2024-03')} PARTITION OF ${parent} FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
      CREATE TABLE ${quoted('rest')} PARTITION OF ${parent} FOR VALUES FROM ('2024-04-01') TO ('2025-04-01');
      COMMENT ON TABLE ${quoted('2024-01')} IS 'the "first"';
      INSERT INTO ${parent} SELECT n, '2023-12-31'::timestamp + n * interval '1 day', 'ü' || n FROM generate_series(0, 120) n`);
  }

  const run = (changed: ArchiveAction = action, connect = bench.connect, context: object = {}) =>
    archivePartitions({ ...bench.context, ...context }, connect, changed, goOn);

  const ids = (rows: unknown[]) => rows.map((row) => Number((row as { id: unknown }).id));
  async function archivedIds(): Promise<number[]> {
    const found: number[] = [];
    for (const { key } of await query(
      'SELECT object_key AS key FROM nightshift.archive_batches ORDER BY id',
    )) {
      const { Body } = await bench.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
      found.push(
        ...ids(await readParquetBytes((await Body?.transformToByteArray()) ?? new Uint8Array(), 'id')),
      );
    }
    return found;
  }
  const liveIds = async () => ids(await query(`SELECT id FROM ${parent}`));
  const tables = async () =>
    ids(
      (await query(`SELECT relname FROM pg_class WHERE relname LIKE 'p %' AND relkind = 'r' ORDER BY 1`)).map(
        ({ relname }) => ({ id: relname === 'p rest' ? 99 : relname.slice(-2) }),
      ),
    );
  async function expectBothTaken(): Promise<void> {
    expect(await tables()).toEqual([3, 99]);
    expect(inOrder(await liveIds())).toEqual(all.slice(61));
    expect(inOrder(await archivedIds())).toEqual(all.slice(0, 61));
  }
  return { query, fill, run, archivedIds, liveIds, tables, expectBothTaken };
}

export const inOrder = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
