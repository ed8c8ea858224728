import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { archiveSlice } from '../../../../functions/audit-archive/archive-slice.ts';
import {
  type ArchiveBench,
  archiveAll,
  openArchiveBench,
  planned,
  wholeSlice,
} from '../../../support/archive-bench.ts';

const goOn = async () => true;

/** The days as they should be, straight from the rows, of which a copy is kept. */
const expected = /* sql */ `
  SELECT (at AT TIME ZONE 'UTC')::date AS day, "of ""what""", unit, count(*) AS samples,
    count(value) AS value_samples, sum(value) AS value_sum, min(value) AS value_least, max(value) AS value_greatest,
    count(n) AS n_samples, sum(n::numeric) AS n_sum, min(n) AS n_least, max(n) AS n_greatest
  FROM copy GROUP BY 1, 2, 3`;

describe.each([15, 18] as const)('rows are rolled up by day (Postgres %i)', (major) => {
  let bench: ArchiveBench;
  beforeAll(async () => {
    bench = await openArchiveBench(major);
  });
  afterAll(() => bench?.stop());
  beforeEach(async () => {
    await bench.client.query(/* sql */ `
      SET timezone = 'UTC';
      DROP VIEW IF EXISTS v_metrics_all;
      DROP TABLE IF EXISTS metrics, metrics_archive, copy, days;
      TRUNCATE nightshift.archive_batches;
      CREATE TABLE metrics (id int PRIMARY KEY, at timestamptz NOT NULL, "of ""what""" text, unit varchar(9), day text,
        value double precision, n bigint);
      CREATE INDEX ON metrics (at);
      CREATE TABLE copy AS TABLE metrics;
    `);
    await add('generate_series(1, 900) n', "'2024-01-01'::timestamptz + n * interval '2 hours'");
  });

  const query = async (sql: string) => (await bench.client.query(sql)).rows;
  async function add(from: string, at: string): Promise<void> {
    await query(/* sql */ `
      WITH added AS (
        INSERT INTO metrics SELECT n, ${at}, (ARRAY['cpu', NULL, ''])[1 + n % 3], (ARRAY['s', NULL])[1 + n / 3 % 2], 'x',
          CASE WHEN n % 5 > 0 THEN n END, CASE WHEN n % 2 = 0 THEN 9223372036854775807 - n END FROM ${from} RETURNING *
      ) INSERT INTO copy SELECT * FROM added`);
  }
  const rollUp = { by: 'day', groupBy: ['of "what"', 'unit'], measures: ['value', 'n'] };
  const base = { table: 'public.metrics', ageColumn: 'at', batchRows: 70 };
  const toTable = archiveAll(
    { ...base, to: { kind: 'table' }, rollUp },
    { ageType: 'timestamp with time zone' },
  );
  const toS3 = archiveAll(
    { ...base, batchRows: 300, rollUp: { ...rollUp, into: 'public.days' } },
    { ageType: 'timestamp with time zone' },
  );
  const run = async (action = toTable, slice = wholeSlice) =>
    (await archiveSlice(await planned(bench, action), bench.connect, action, slice, goOn)).end;

  /** Both directions: what is missing, and what is too much. */
  const differences = (found: string) =>
    query(`((${expected}) EXCEPT ALL TABLE ${found}) UNION ALL (TABLE ${found} EXCEPT ALL (${expected}))`);

  test.each([
    ['the archive table', toTable, 'metrics_archive'],
    ['a table of days, and the rows to S3', toS3, 'days'],
  ])('into %s: sums beyond any integer, groups and measures that are NULL', async (_name, action, table) => {
    await expect(run(action)).resolves.toBe('emptied');
    expect(await query('TABLE metrics')).toEqual([]);
    expect(await differences(table)).toEqual([]);
    expect(await query(`SELECT sum(n_sum) > 9223372036854775807 AS large FROM ${table}`)).toEqual([
      { large: true },
    ]);
    const [sums] = await query(
      'SELECT sum(rows)::int AS rows, count(object_key) = count(*) AS files, min(destination) AS kind FROM nightshift.archive_batches',
    );
    expect(sums).toEqual({ rows: 900, files: action === toS3, kind: action === toS3 ? 's3' : 'table' });
  });

  test.each([
    ['the archive table', toTable, 'metrics_archive'],
    ['a table of days beside S3', toS3, 'days'],
  ])(
    'a row that comes late joins its day in %s, and the view shows the same before and after',
    async (_name, action, table) => {
      await run(action, { from: '-infinity', to: '2024-02-15' });
      expect(await differences('v_metrics_all')).toEqual([]);
      await add('generate_series(2000, 2040) n', "'2024-01-03 23:00+00'");
      await add('(VALUES (3000)) v (n)', "'-infinity'");
      expect(await differences('v_metrics_all')).toEqual([]);
      await run(action);
      expect(await differences('v_metrics_all')).toEqual([]);
      expect(await differences(table)).toEqual([]);
    },
  );

  test('two at once make one day of what each of them took', async () => {
    await expect(Promise.all([run(), run()])).resolves.toEqual(['emptied', 'emptied']);
    expect(await differences('metrics_archive')).toEqual([]);
  });

  test('a measure that comes later has days without it, and keeps the others', async () => {
    await run(toTable, { from: '-infinity', to: '2024-02-01' });
    await query('DROP VIEW v_metrics_all; ALTER TABLE metrics ADD COLUMN late int DEFAULT 1');
    const more = { ...rollUp, measures: ['value', 'n', 'late'] };
    await run(
      archiveAll({ ...base, to: { kind: 'table' }, rollUp: more }, { ageType: 'timestamp with time zone' }),
    );
    expect(
      await query(
        'SELECT sum(samples)::int AS samples, sum(late_samples)::int AS late, sum(late_sum)::int AS sum FROM v_metrics_all',
      ),
    ).toEqual([{ samples: 900, late: 529, sum: 529 }]);
  });

  test.each([
    [{ groupBy: ['unit'] }, /its of "what" is not among the columns/],
    [{ groupBy: ['of "what"', 'unit', 'day'] }, /more than one column day/],
    [{ measures: ['day'] }, /its day is text, and a measure must be a number/],
    [{ measures: ['none'] }, /has no column none/],
  ])('%j does not fit, and moves nothing', async (change, words) => {
    await run(toTable, { from: '-infinity', to: '2024-02-01' });
    const changed = { ...base, to: { kind: 'table' }, rollUp: { ...rollUp, ...change } };
    await expect(run(archiveAll(changed, { ageType: 'timestamp with time zone' }))).rejects.toThrow(words);
    expect(await query('SELECT count(*)::int FROM metrics')).toEqual([{ count: 529 }]);
  });
});
