import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { archiveSlice } from '../../../../functions/audit-archive/archive-slice.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import {
  type ArchiveBench,
  archiveAll,
  openArchiveBench,
  planned,
  wholeSlice,
} from '../../../support/archive-bench.ts';

const goOn = async () => true;
const table = 'ol"d; DROP TABLE x --';
const age = 'at "noon"';
const live = quoteName('public', table);
const archive = quoteName('public', `${table}_archive`);
const view = quoteName('public', `v_${table}_all`);

describe.each([15, 18] as const)('batches of old rows move to an archive table (Postgres %i)', (major) => {
  let bench: ArchiveBench;
  beforeAll(async () => {
    bench = await openArchiveBench(major);
  });
  afterAll(() => bench?.stop());
  beforeEach(async () => {
    await bench.client.query(/* sql */ `
      DROP VIEW IF EXISTS ${view} CASCADE;
      DROP TABLE IF EXISTS ${live}, ${archive};
      DROP DOMAIN IF EXISTS money_;
      CREATE DOMAIN money_ AS numeric(12, 2) CHECK (VALUE >= 0);
      TRUNCATE nightshift.archive_batches;
      CREATE TABLE ${live} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), ${quoteName(age)} timestamptz NOT NULL,
        n int NOT NULL, "Gone" text, gone text COLLATE "C", cost money_, body jsonb,
        twice int GENERATED ALWAYS AS (n * 2) STORED);
      CREATE INDEX ON ${live} (${quoteName(age)});
      INSERT INTO ${live} (${quoteName(age)}, n, "Gone", gone, cost, body)
        SELECT '2024-01-01'::timestamptz + n * interval '3 hours', n, 'ü' || n, nullif(n % 2, 0)::text, n, '{"n": 1}'
          FROM generate_series(1, 1000) n`);
  });

  const policy = {
    table: `public.${quoteName(table)}`,
    ageColumn: age,
    to: { kind: 'table' },
    batchRows: 150,
  };
  const action = archiveAll(policy, { ageType: 'timestamp with time zone' });
  const run = async (changed = action, slice = wholeSlice) =>
    (await archiveSlice(await planned(bench, changed), bench.connect, changed, slice, goOn)).end;
  const query = async (sql: string) => (await bench.client.query(sql)).rows;
  const content = async (of: string) =>
    (
      await query(`SELECT count(*)::int AS rows, sum(hashtextextended(r::text, 0)) AS hash FROM ${of} AS r`)
    )[0];

  test('rows keep every value, the ledger counts them, and the view shows all of them', async () => {
    const before = await content(live);
    await expect(run()).resolves.toBe('emptied');
    expect(await content(view)).toEqual(before);
    expect(await content(archive)).toEqual(before);
    const [sums] = await query(/* sql */ `
      SELECT count(*)::int AS batches, sum(rows)::int AS rows, min(destination) AS destination, min(archive_table) AS place,
        min(oldest)::text AS oldest, max(newest)::text AS newest, min(raw_bytes) > 0 AS measured,
        bool_and(smallest_key < largest_key) AS keys
      FROM nightshift.archive_batches`);
    expect(sums).toMatchObject({
      rows: 1000,
      destination: 'table',
      place: `public.${quoteName(`${table}_archive`)}`,
      oldest: '2024-01-01 03:00:00+00',
      newest: '2024-05-05 00:00:00+00',
      measured: true,
      keys: true,
    });
    expect(sums.batches).toBeGreaterThanOrEqual(7);
  });

  test('each month has a partition, and what is before our era has one too', async () => {
    await query(
      `INSERT INTO ${live} (${quoteName(age)}, n) VALUES ('-infinity', 1), ('0044-03-15 BC', 2), ('0001-01-01', 3)`,
    );
    await run();
    const partitions = await query(/* sql */ `
      SELECT p.relname AS name, pg_get_expr(p.relpartbound, p.oid) AS bound FROM pg_inherits
        JOIN pg_class p ON p.oid = inhrelid WHERE inhparent = '${archive}'::regclass ORDER BY 1`);
    expect(partitions.map(({ name }) => name)).toEqual(
      ['0000_00', '0001_01', '2024_01', '2024_02', '2024_03', '2024_04', '2024_05'].map(
        (month) => `${table}_archive_${month}`,
      ),
    );
    expect(partitions[0]?.bound).toBe("FOR VALUES FROM (MINVALUE) TO ('0001-01-01 00:00:00+00')");
    expect(partitions[6]?.bound).toBe(
      "FOR VALUES FROM ('2024-05-01 00:00:00+00') TO ('2024-06-01 00:00:00+00')",
    );
    expect(await query(`SELECT n FROM ${archive} WHERE ${quoteName(age)} < '0001-01-01' ORDER BY 1`)).toEqual(
      [{ n: 1 }, { n: 2 }],
    );
  });

  test('a partition whose name is taken gets another', async () => {
    await query(`CREATE TABLE ${quoteName('public', `${table}_archive_2024_02`)} (x int)`);
    await run();
    expect(await content(archive)).toMatchObject({ rows: 1000 });
    await query(`DROP TABLE ${quoteName('public', `${table}_archive_2024_02`)}`);
  });

  test('two at once, on the same table and without an archive table yet, move each row once', async () => {
    const before = await content(live);
    await expect(Promise.all([run(), run(), run()])).resolves.toEqual(['emptied', 'emptied', 'emptied']);
    expect(await content(archive)).toEqual(before);
    const [{ rows }] = (await query('SELECT sum(rows)::int AS rows FROM nightshift.archive_batches')) as [
      { rows: number },
    ];
    expect(rows).toBe(1000);
    expect(
      await query(`SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = '${archive}'::regclass`),
    ).toEqual([{ n: 5 }]);
  });

  test('a held row stays, and a row that comes late with an old time follows', async () => {
    const held = archiveAll(policy, { ageType: 'timestamp with time zone', holds: ['n % 10 = 0'] });
    await run(held);
    expect(await content(live)).toMatchObject({ rows: 100 });
    await query(`INSERT INTO ${live} (${quoteName(age)}, n) VALUES ('2024-01-05', 7)`);
    await run(held);
    expect(await content(archive)).toMatchObject({ rows: 901 });
  });

  test('a column that comes later comes to the archive and to the view, and what reads the view stays', async () => {
    await run(action, { from: '-infinity', to: '2024-02-01' });
    await query(`CREATE VIEW reader AS SELECT n, cost FROM ${view}`);
    await query(
      `ALTER TABLE ${live} ADD COLUMN "lat\\er" varchar(7) NOT NULL DEFAULT 'x', ALTER COLUMN n DROP NOT NULL`,
    );
    await run();
    expect(
      await query(`SELECT "lat\\er" AS later, count(*)::int FROM ${view} GROUP BY 1 ORDER BY 1`),
    ).toEqual([
      { later: 'x', count: 753 },
      { later: null, count: 247 },
    ]);
    expect(await content('reader')).toMatchObject({ rows: 1000 });
  });

  test.each([
    ['ALTER COLUMN "Gone" TYPE varchar(99)', /"Gone" TYPE character varying\(99\)/],
    ['RENAME COLUMN "Gone" TO elsewhere', /RENAME COLUMN "Gone" TO/],
    ['DROP COLUMN "Gone"', /drop it here too/],
  ])('after %s nothing moves until a person has decided', async (change, words) => {
    await run(action, { from: '-infinity', to: '2024-02-01' });
    await query(`DROP VIEW ${view}`);
    await query(`ALTER TABLE ${live} ${change}`);
    const before = await content(live);
    await expect(run()).rejects.toThrow(words);
    expect(await content(live)).toEqual(before);
  });

  test("a view of that name that is somebody else's is left alone", async () => {
    await query(`CREATE VIEW ${view} AS SELECT 1 AS mine`);
    await expect(run()).rejects.toThrow(/is one of that name that is not Nightshift's/);
    expect(await query(`TABLE ${view}`)).toEqual([{ mine: 1 }]);
    expect(await content(live)).toMatchObject({ rows: 1000 });
  });

  test('a trigger that keeps rows, here or there, moves nothing', async () => {
    await query(`CREATE OR REPLACE FUNCTION keep_some() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN IF coalesce(old.n, new.n) = 5 THEN RETURN NULL; END IF; RETURN coalesce(new, old); END $$`);
    await query(`CREATE TRIGGER keep BEFORE DELETE ON ${live} FOR EACH ROW EXECUTE FUNCTION keep_some()`);
    await expect(run()).rejects.toThrow(/150 rows were chosen, 149 would have been deleted/);
    await query(`DROP TRIGGER keep ON ${live}`);
    await query(`CREATE TRIGGER keep BEFORE INSERT ON ${archive} FOR EACH ROW EXECUTE FUNCTION keep_some()`);
    await expect(run()).rejects.toThrow(/the archive table took 149 of 150/);
    expect(await content(live)).toMatchObject({ rows: 1000 });
    expect(await content(archive)).toMatchObject({ rows: 0 });
  });

  test('the archive of a longer name than fits has partitions and a view all the same', async () => {
    const name = 'ä'.repeat(26);
    await query(`CREATE TABLE public.${name} (LIKE ${live} INCLUDING ALL)`);
    await query(`INSERT INTO public.${name} (${quoteName(age)}, n) SELECT ${quoteName(age)}, n FROM ${live}`);
    await run(archiveAll({ ...policy, table: `public.${name}` }, { ageType: 'timestamp with time zone' }));
    const made = await query(/* sql */ `
      SELECT octet_length(relname) AS bytes FROM pg_class WHERE relname ~ '^(v_)?ä' AND relkind IN ('r', 'p', 'v')`);
    expect(made).toHaveLength(8);
    expect(made.every(({ bytes }) => bytes <= 63)).toBe(true);
    await query(`DROP TABLE public.${name} CASCADE; DROP TABLE public.${name}_archive`);
  });
});
