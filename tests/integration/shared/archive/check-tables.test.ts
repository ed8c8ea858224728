import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { recordBeginning } from '../../../../functions/audit-archive/record-night.ts';
import { verifyArchive } from '../../../../shared/archive/verify-archive.ts';
import { type ArchiveBench, BUCKET, openArchiveBench, RESOURCE } from '../../../support/archive-bench.ts';
import { policyOf } from '../../../support/archive-policies.ts';
import { archiveNow, nameBatches } from '../../../support/archived-bench.ts';

const rows = {
  table: 'public."Odd ""Log"""',
  ageColumn: 'at',
  to: { kind: 'table', table: 'public."Kept ""Rows"""' },
};
const days = {
  table: 'public.metric',
  ageColumn: 'at',
  to: { kind: 'table', table: 'public.metric_days' },
  rollUp: { by: 'day', groupBy: ['kind'], measures: ['value'] },
};
const files = {
  table: 'public.sensed',
  ageColumn: 'at',
  rollUp: { by: 'day', groupBy: ['kind'], measures: ['value'], into: 'public.sensed_days' },
};

let bench: ArchiveBench;
beforeAll(async () => {
  bench = await openArchiveBench();
});
afterAll(() => bench?.stop());

/** 40 rows in the one archive table, and 40 in the two days of the other. */
beforeEach(async () => {
  await bench.emptyBucket();
  await bench.client.query(/* sql */ `
    DROP TABLE IF EXISTS "Odd ""Log""", "Kept ""Rows""", metric, metric_days CASCADE;
    TRUNCATE nightshift.archive_batches, nightshift.archive_runs RESTART IDENTITY;
    CREATE TABLE "Odd ""Log""" (id int PRIMARY KEY, at timestamp NOT NULL);
    CREATE TABLE metric (id int PRIMARY KEY, at timestamp NOT NULL, value int, kind text);
    CREATE INDEX ON "Odd ""Log""" (at); CREATE INDEX ON metric (at);
    INSERT INTO "Odd ""Log""" SELECT n, '2024-01-01'::timestamp + n * interval '1 hour' FROM generate_series(1, 40) n;
    INSERT INTO metric SELECT n, '2024-01-01'::timestamp + n * interval '1 hour', n, 'load' FROM generate_series(1, 40) n`);
  await recordBeginning(bench.client, { slot: '2026-01-02', policies: [policyOf(rows), policyOf(days)] });
  await archiveNow(bench, rows);
  await archiveNow(bench, days);
  await nameBatches(bench, '2026-01-02');
});

async function verify(quick = false) {
  const { s3, connect } = bench;
  const place = { bucket: BUCKET, database: 'bench', prefix: 'archive/', resourceId: RESOURCE };
  const { faults, notes } = await verifyArchive({ s3, connect, ...place, quick });
  return { faults: faults.map(({ kind, what, detail }) => `${kind}: ${what}: ${detail}`), notes };
}

test.each([false, true])('archive tables in order have no fault (quick: %s)', async (quick) => {
  expect(await verify(quick)).toEqual({ faults: [], notes: [] });
});

test.each([false, true])(
  'the days of rows that went to S3 are held against these (quick: %s)',
  async (quick) => {
    await bench.client.query(/* sql */ `
    DROP TABLE IF EXISTS sensed, sensed_days CASCADE;
    CREATE TABLE sensed (id int PRIMARY KEY, at timestamp NOT NULL, value int, kind text); CREATE INDEX ON sensed (at);
    INSERT INTO sensed SELECT n, '2024-01-01'::timestamp + n * interval '1 hour', n, 'heat' FROM generate_series(1, 40) n`);
    await archiveNow(bench, files);
    await nameBatches(bench, '2026-01-02b');
    expect(await verify(quick)).toEqual({ faults: [], notes: [] });
    await bench.client.query(`DELETE FROM sensed_days WHERE day = '2024-01-01'`);
    const missing =
      'missing rows: public.sensed_days: it holds days that stand for 17 rows, and 40 went into it';
    expect((await verify(quick)).faults).toEqual(quick ? [] : [missing]);
    await bench.client.query('DROP TABLE sensed_days CASCADE');
    expect((await verify(quick)).faults).toEqual(['missing table: public.sensed_days: 40 rows went into it']);
  },
);

test('fewer rows than went into it are a fault, more are a note', async () => {
  await bench.client.query(/* sql */ `
    DELETE FROM "Kept ""Rows""" WHERE id = 7;
    UPDATE metric_days SET samples = samples + 2`);
  expect(await verify()).toEqual({
    faults: ['missing rows: public."Kept ""Rows""": it holds 39 rows, and 40 went into it'],
    notes: ['public.metric_days: it holds days that stand for 44 rows, more than the 40 that went into it'],
  });
  await bench.client.query(`DELETE FROM metric_days WHERE day = '2024-01-01'`);
  await bench.client.query(`INSERT INTO "Kept ""Rows""" VALUES (7, '2024-01-01'), (100, '2024-01-01')`);
  expect(await verify()).toEqual({
    faults: ['missing rows: public.metric_days: it holds days that stand for 19 rows, and 40 went into it'],
    notes: ['public."Kept ""Rows""": it holds 41 rows, more than the 40 that went into it'],
  });
});

test('a table that is gone or cannot be counted is a fault, and the others are looked at', async () => {
  await bench.client.query(
    `DROP TABLE "Kept ""Rows""" CASCADE; ALTER TABLE metric_days RENAME samples TO counted`,
  );
  expect(await verify()).toEqual({
    faults: [
      'missing table: public."Kept ""Rows""": 40 rows went into it',
      expect.stringMatching(
        /^unread table: public\.metric_days: Counting its rows failed: Postgres answered 42703/,
      ),
    ],
    notes: [],
  });
  expect((await verify(true)).faults).toEqual([
    'missing table: public."Kept ""Rows""": 40 rows went into it',
  ]);
});
