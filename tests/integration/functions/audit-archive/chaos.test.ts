import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { fixTextForms } from '../../../../shared/parquet/read-columns.ts';
import { archivedColumns, toCopyText } from '../../../../shared/parquet/to-copy-text.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';
import { listKeys } from '../../../support/made.ts';
import { CHAOS_TABLES, insertRows, startWriters } from './chaos-writers.ts';

/** Of the job's process, at moments that nobody chose. */
const kills = isLong ? 200 : 20;

let stage: JobStage;
let client: Client;

beforeAll(async () => {
  const policy = {
    table: 'public.chaos_log',
    ageColumn: 'at',
    olderThan: '365 days',
    to: { kind: 's3' as const },
    batchRows: 300,
    passedTriggers: ['follow_writers'],
  };
  stage = await startJobStage({ archiving: { policies: [policy as never] } });
  client = new Client(adminConnection());
  await client.connect();
  await client.query(CHAOS_TABLES);
  await client.query(insertRows(20_000));
});
afterAll(async () => {
  await client?.end();
  await stage?.stop();
});

function adminConnection() {
  const connection = stage.databases[0]?.instance.adminConnection;
  if (!connection) throw new Error('the stage has no database');
  return { ...connection, database: 'menotime_demo' };
}

const event = (label: string) => ({ database: 'menotime', label });

interface Counts {
  started: number;
  killed: number;
  ended: number;
  failed: number;
  connectionsCut: number;
}

/** One start of the job, killed at a random moment; true when it came to an end before that. */
async function startAndKill(label: string, counts: Counts): Promise<boolean> {
  const killer = new AbortController();
  counts.started += 1;
  const run = stage.archive(event(label), { signal: killer.signal }).then(
    () => 'ended' as const,
    () => (killer.signal.aborted ? ('killed' as const) : ('failed' as const)),
  );
  const end = await Promise.race([run, sleep(900 + 1_800 * Math.random()).then(() => 'time' as const)]);
  if (end === 'time') killer.abort();
  const outcome = await run;
  counts[outcome] += 1;
  return outcome !== 'killed';
}

/** The network fails for whoever is connected as the job. */
async function cutConnections(counts: Counts): Promise<void> {
  const { rows } = await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nightshift audit-archive%' AND random() < 0.5",
  );
  counts.connectionsCut += rows.length;
}

test(`killed at ${kills} random moments while others write: every row is there once`, async () => {
  const counts: Counts = { started: 0, killed: 0, ended: 0, failed: 0, connectionsCut: 0 };
  const { faults } = stage.stack.gateway;
  const orders = [
    faults.order({ effect: { kind: 'error', status: 500 }, service: 's3', rate: 0.03, seed: 1 }),
    faults.order({ effect: { kind: 'error', status: 503 }, service: 's3', rate: 0.03, seed: 2 }),
    faults.order({ effect: { kind: 'cut', when: 'before' }, service: 's3', rate: 0.03, seed: 3 }),
    faults.order({ effect: { kind: 'cut', when: 'after' }, service: 's3', rate: 0.03, seed: 4 }),
  ];
  const writers = startWriters(adminConnection());
  let label = 1;
  while (counts.killed < kills) {
    const twice = Math.random() < 0.3;
    const cuts = Math.random() < 0.5 ? sleep(1_500).then(() => cutConnections(counts)) : undefined;
    // Delivered twice: to the same slot, or to another one that works on the same rows at the same time.
    const other = twice
      ? startAndKill(Math.random() < 0.5 ? `run-${label}` : `other-${label}`, counts)
      : undefined;
    const ended = await startAndKill(`run-${label}`, counts);
    await Promise.all([other, cuts]);
    if (ended) label += 1;
  }
  const written = await writers.stop();
  const faulted = orders.reduce((sum, { fired }) => sum + fired, 0);
  faults.clear();
  // What the last cut connection held is given back by the server in its own time.
  const last = await stage.archive(event('the-last'));
  expect(last).toMatchObject({
    kind: 'done',
    record: { report: { tables: [{ status: 'completed', daysBehind: 0 }] } },
  });

  const archived = await loadArchivedBack();
  const { rows } = await client.query(/* sql */ `
    WITH found AS (SELECT * FROM chaos_log UNION ALL SELECT * FROM chaos_back)
    SELECT (SELECT count(*)::int FROM chaos_truth) AS truth,
           (SELECT count(*)::int FROM found) AS found,
           (SELECT count(*)::int FROM (SELECT f::text FROM found f EXCEPT ALL SELECT t::text FROM chaos_truth t) x) AS extra,
           (SELECT count(*)::int FROM (SELECT t::text FROM chaos_truth t EXCEPT ALL SELECT f::text FROM found f) x) AS lost,
           (SELECT count(*)::int FROM chaos_log WHERE at < localtimestamp - interval '366 days') AS old`);
  process.stderr.write(`${JSON.stringify({ ...counts, faulted, written, archived, ...rows[0] })}\n`);
  expect(rows[0]).toMatchObject({ extra: 0, lost: 0, old: 0 });
  expect(archived.rows).toBeGreaterThan(5_000);
  // What was swept before the last run counted is no part of the archive, and nothing else lies about.
  const keys = await listKeys(stage.clients.s3, stage.names.backupBucket, 'archive/');
  expect(keys).toHaveLength(archived.files);
}, 3_600_000);

async function loadArchivedBack(): Promise<{ files: number; rows: number }> {
  const { rows: batches } = await client.query<{ key: string; rows: number }>(
    'SELECT object_key AS key, rows::int FROM nightshift.archive_batches ORDER BY id',
  );
  await client.query('CREATE TABLE chaos_back (LIKE chaos_log)');
  await client.query('BEGIN');
  await fixTextForms(client);
  for (const { key } of batches) {
    const { Body } = await stage.clients.s3.send(
      new GetObjectCommand({ Bucket: stage.names.backupBucket, Key: key }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const names = (await archivedColumns(file)).map(({ name }) => name);
    await pipeline(
      toCopyText(file, names),
      client.query(copyFrom(`COPY public.chaos_back (${names.join(', ')}) FROM STDIN`)),
    );
  }
  await client.query('COMMIT');
  return { files: batches.length, rows: batches.reduce((sum, { rows }) => sum + rows, 0) };
}
