import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { slicesOf } from '../../../functions/audit-archive/slices.ts';
import { bundle } from '../../../infra/build/bundle.ts';
import { type ArchiveBench, archiveAll, BUCKET, planned } from '../../support/archive-bench.ts';
import { atMost, type Measurement } from '../benchmark.ts';
import type { MeasuredJob } from './job-memory-child.ts';
import { startS3Process } from './s3-process.ts';
import { monthsOf } from './whole-job.ts';
import { makeWideRows, wideRows } from './wide-rows.ts';

const wantedMegabytes = 300;
const work = 'memory_work';
const entry = fileURLToPath(new URL('job-memory-child.ts', import.meta.url));
const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** As its function.yml says it. */
const environment = { MALLOC_ARENA_MAX: '2' };

interface Case {
  readonly what: string;
  /** A SELECT with the columns that the job needs: `id` and `timestamp`. */
  readonly rows: string;
}

/** The most memory that a process had which archives a table with all that makes it safe, and does nothing else. */
export async function measureJobMemory(
  bench: ArchiveBench,
  { rows, long }: { readonly rows: number; readonly long: boolean },
  say: (line: string) => void,
): Promise<Measurement[]> {
  const several = (times: number) => ({
    what: `${(times * rows).toLocaleString('en-US')} rows`,
    rows: `SELECT id + n * ${rows} AS id, user_id, table_name, action, old_values, new_values, timestamp
             FROM audit_log, generate_series(0, ${times - 1}) n`,
  });
  await makeWideRows(bench.client);
  const wide = {
    what: `${wideRows} rows of 1 MB`,
    rows: `SELECT id, body, timestamp '2024-01-01' + id * interval '1 minute' AS timestamp FROM bench_wide`,
  };
  const storage = await startS3Process(BUCKET);
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
  try {
    // As it is deployed: a process that reads TypeScript takes 50 MB more.
    const child = join(folder, 'job.mjs');
    await bundle({ projectRoot, entry, outFile: child });
    const results: Measurement[] = [];
    for (const one of [several(1), ...(long ? [several(5)] : []), wide]) {
      say(`memory of the whole job for ${one.what}`);
      const megabytes = await peakMegabytes(bench, { endpoint: storage.endpoint, child }, one);
      const name = `the whole job: peak resident memory, ${one.what}`;
      results.push(atMost(name, megabytes, 'MB', wantedMegabytes));
    }
    return results;
  } finally {
    await storage.stop();
    await rm(folder, { recursive: true });
  }
}

async function peakMegabytes(
  bench: ArchiveBench,
  { endpoint, child }: { readonly endpoint: string; readonly child: string },
  { rows }: Case,
): Promise<number> {
  const { client, connection } = bench;
  await client.query(`DROP TABLE IF EXISTS ${work}; TRUNCATE nightshift.archive_batches`);
  await client.query(`CREATE TABLE ${work} AS ${rows}`);
  await client.query(`ALTER TABLE ${work} ADD PRIMARY KEY (id), ALTER timestamp SET NOT NULL`);
  await client.query(`CREATE INDEX ON ${work} (timestamp)`);
  await client.query(`VACUUM ANALYZE ${work}`);
  const action = archiveAll(
    { table: `public.${work}`, ageColumn: 'timestamp' },
    { slices: slicesOf(await monthsOf(client, work), '2100-01-01T00:00:00.000Z', 'timestamp', 600) },
  );
  const { s3: _s3, log: _log, ...context } = await planned(bench, action);
  const job: MeasuredJob = { context, connection, endpoint, action };
  const { stdout } = await promisify(execFile)(process.execPath, [child, JSON.stringify(job)], {
    env: { ...process.env, ...environment },
  });
  return Number(stdout);
}
