import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readPressure } from '../../../../functions/audit-archive/read-pressure.ts';
import { readMigrations } from '../../../../infra/sql/migrations.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let job: Client;
let other: Client;
const table = { schema: 'We"ird', name: 'Ta.ble' };
const quoted = '"We""ird"."Ta.ble"';

const read = () => readPressure(job, [table], 'nightshift ');

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  const owner = new Client(cluster.config('postgres'));
  await owner.connect();
  for (const { sql } of await readMigrations('up')) await owner.query(sql);
  await owner.query(`CREATE SCHEMA "We""ird"; CREATE TABLE ${quoted} (id integer); CREATE TABLE quiet ()`);
  await owner.end();
  job = new Client({
    ...cluster.config('postgres'),
    application_name: 'nightshift audit-archive 2026-01-02',
  });
  await job.connect();
  await job.query('SET ROLE nightshift');
});
beforeEach(async () => {
  other = new Client(cluster.config('postgres'));
  await other.connect();
});
afterEach(() => other.end());
afterAll(async () => {
  await job?.end();
  await cluster?.stop();
});

test('a quiet server has no replica, no old transaction and nobody who waits', async () => {
  expect(await read()).toEqual({ replicaLagSeconds: null, oldestTransactionMinutes: 0, waitingSessions: 0 });
});

test('another’s open transaction is seen as long as it is open, one of our own is not', async () => {
  await other.query('BEGIN; SELECT pg_sleep(0.3)');
  const { oldestTransactionMinutes } = await read();
  expect(oldestTransactionMinutes).toBeGreaterThan(0.2 / 60);
  await other.query(`SET application_name = 'nightshift snapshot-export x'`);
  expect((await read()).oldestTransactionMinutes).toBe(0);
});

test('who waits for a lock on the table is counted, who waits elsewhere is not', async () => {
  const waiting = new Client(cluster.config('postgres'));
  const elsewhere = new Client(cluster.config('postgres'));
  await Promise.all([waiting.connect(), elsewhere.connect()]);
  try {
    await other.query(`BEGIN; LOCK TABLE ${quoted}, quiet`);
    const queries = [waiting.query(`SELECT FROM ${quoted}`), elsewhere.query('SELECT FROM quiet')];
    const waits = async () =>
      (await other.query<{ n: number }>('SELECT count(*)::integer AS n FROM pg_locks WHERE NOT granted'))
        .rows[0]?.n;
    while ((await waits()) !== 2) await other.query('SELECT pg_sleep(0.01)');
    expect((await read()).waitingSessions).toBe(1);
    await other.query('ROLLBACK');
    await Promise.all(queries);
    expect((await read()).waitingSessions).toBe(0);
  } finally {
    await Promise.all([waiting.end(), elsewhere.end()]);
  }
});
