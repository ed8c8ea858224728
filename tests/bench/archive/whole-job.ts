import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Client } from 'pg';
import { slicesOf } from '../../../functions/audit-archive/slices.ts';
import { workShift } from '../../../functions/audit-archive/work-shift.ts';
import { ArchiveThread } from '../../../shared/parquet/archive-thread.ts';
import { type ArchiveBench, archiveAll, BUCKET, planned } from '../../support/archive-bench.ts';
import { atLeastTimes, atMostTimes, type Measurement, median, shown } from '../benchmark.ts';
import { type S3Process, startS3Process } from './s3-process.ts';
import { BENCH_TABLES, type BenchTable } from './tables.ts';
import { exportAlone } from './ways.ts';

const rounds = 5;
const wantedOverExport = 2.2;
const wantedOverRows = 5;
const work = 'audit_work';

/** The job with all that makes it safe, beside the export alone and beside what people write themselves. */
export async function measureWholeJob(
  bench: ArchiveBench,
  rows: number,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const storage = await startS3Process(BUCKET);
  try {
    const results: Measurement[] = [];
    for (const table of BENCH_TABLES)
      results.push(...(await measureTable(bench, storage, { table, rows }, say)));
    return results;
  } finally {
    await storage.stop();
  }
}

async function measureTable(
  bench: ArchiveBench,
  storage: S3Process,
  { table, rows }: { readonly table: BenchTable; readonly rows: number },
  say: (line: string) => void,
): Promise<Measurement[]> {
  say(`archiving ${rows.toLocaleString('en-US')} rows with ${table.what}, ${rounds} rounds`);
  const taken = { exported: [] as number[], whole: [] as number[], byRows: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    await refill(bench.client, table);
    taken.exported.push(await secondsToExport(bench));
    taken.whole.push(await secondsToArchive(bench, storage, rows));
    await refill(bench.client, table);
    taken.byRows.push(await secondsRowByRow(bench.client));
    const seconds = Object.entries(taken).map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} s`);
    say(`  ${seconds.join(', ')}`);
  }
  return compare(table, rows, taken);
}

/** The table as the job meets it: with its key and the index on its age, written out and analysed. */
async function refill(client: Client, { name }: BenchTable): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${work}`);
  await client.query(`CREATE TABLE ${work} AS TABLE ${name} ORDER BY timestamp`);
  await client.query(`ALTER TABLE ${work} ADD PRIMARY KEY (id), ALTER timestamp SET NOT NULL`);
  await client.query(`CREATE INDEX ON ${work} (timestamp)`);
  await client.query(`VACUUM ANALYZE ${work}`);
  await client.query('CHECKPOINT');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

/** By a connection such as the job has. */
async function secondsToExport(bench: ArchiveBench): Promise<number> {
  await using thread = new ArchiveThread();
  return (await bench.connect((client) => exportAlone({ client, table: work, thread }))).seconds;
}

async function secondsToArchive(bench: ArchiveBench, { s3 }: S3Process, rows: number): Promise<number> {
  const action = archiveAll(
    { table: `public.${work}`, ageColumn: 'timestamp', batchRows: 100_000 },
    { slices: slicesOf(await monthsOf(bench.client, work), '2100-01-01T00:00:00.000Z', 'timestamp', 600) },
  );
  const context = await planned(bench, action);
  const seconds = await timed(async () => {
    const { failed, left } = await workShift(
      { ...context, s3 },
      bench.connect,
      [action],
      Number.POSITIVE_INFINITY,
    );
    const reasons = Object.values(failed);
    if (reasons.length > 0 || left.length > 0) throw new Error(`The job did not finish: ${reasons.join()}`);
  });
  const { rows: found } = await bench.client.query(
    `SELECT (SELECT count(*) FROM ${work})::int AS left, (SELECT sum(rows) FROM nightshift.archive_batches)::int AS moved`,
  );
  if (found[0].left !== 0 || found[0].moved !== rows) throw new Error(`Moved ${JSON.stringify(found[0])}.`);
  await bench.client.query('TRUNCATE nightshift.archive_batches');
  return seconds;
}

/** That a table holds rows of: `2024-03`, oldest first. */
export async function monthsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT DISTINCT to_char(timestamp, 'YYYY-MM') AS month FROM ${table} ORDER BY 1`,
  );
  return rows.map(({ month }) => month as string);
}

/** A cursor, a line of JSON for each row, gzip, and deletes by key in batches. */
async function secondsRowByRow(client: Client): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
  const seconds = await timed(async () => {
    const gzip = createGzip();
    const file = gzip.pipe(createWriteStream(join(folder, 'rows.jsonl.gz')));
    await client.query(
      `BEGIN; DECLARE old_rows NO SCROLL CURSOR FOR SELECT * FROM ${work} ORDER BY timestamp`,
    );
    for (;;) {
      const { rows } = await client.query<{ id: number }>('FETCH 1000 FROM old_rows');
      if (rows.length === 0) break;
      for (const row of rows) {
        if (!gzip.write(`${JSON.stringify(row)}\n`))
          await new Promise((drained) => gzip.once('drain', drained));
      }
      await client.query(`DELETE FROM ${work} WHERE id = ANY ($1)`, [rows.map(({ id }) => id)]);
    }
    gzip.end();
    await finished(file);
    await client.query('COMMIT');
  });
  await rm(folder, { recursive: true });
  return seconds;
}

function compare(
  { what }: BenchTable,
  rows: number,
  taken: { exported: number[]; whole: number[]; byRows: number[] },
): Measurement[] {
  const whole = median(taken.whole);
  return [
    atMostTimes(
      shown(`${what}: the whole job, beside the export alone`, whole, 's'),
      median(taken.exported),
      wantedOverExport,
    ),
    atLeastTimes(
      shown(`${what}: the whole job, beside cursor, JSON lines, gzip, DELETE`, rows / whole, 'rows/s'),
      rows / median(taken.byRows),
      wantedOverRows,
    ),
  ];
}
