import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readMoment } from '../../../../shared/postgres/moment.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const hostile = [
  'Order Line',
  'a "quoted" name',
  "o'clock",
  'x"; DROP TABLE plain; --',
  'naïve_表_🚀',
  'dotted.name',
];

let cluster: EmbeddedCluster;
let owner: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  owner = new Client(cluster.config('postgres'));
  await owner.connect();
  await owner.query(/* sql */ `
    CREATE SCHEMA "Mixed.Case";
    CREATE TABLE plain AS SELECT generate_series(1, 5) AS id;
    CREATE TABLE "Mixed.Case".plain AS SELECT generate_series(1, 6) AS id;
    CREATE TABLE parent (id integer); INSERT INTO parent VALUES (1), (2);
    CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (3);
    CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
    CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
    CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
    INSERT INTO parted VALUES (1), (2), (3), (99);
    CREATE UNLOGGED TABLE scratch AS SELECT 1 AS id;
    CREATE TEMPORARY TABLE passing AS SELECT 1 AS id;
    CREATE VIEW a_view AS SELECT 1 AS id;
    CREATE MATERIALIZED VIEW a_matview AS SELECT 1 AS id;
    CREATE TABLE guarded AS SELECT generate_series(1, 7) AS org;
    ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    CREATE POLICY one ON guarded USING (org = 1);
    CREATE ROLE reader LOGIN PASSWORD 'reader-secret' IN ROLE pg_read_all_data;
    CREATE ROLE passer LOGIN PASSWORD 'passer-secret' BYPASSRLS IN ROLE pg_read_all_data, pg_monitor;`);
  for (const name of hostile)
    await owner.query(`CREATE TABLE ${owner.escapeIdentifier(name)} AS SELECT 1 AS id`);
});
afterAll(async () => {
  await owner.end();
  await cluster.stop();
});

async function tablesAs(user: string) {
  const client = new Client({
    ...cluster.config('postgres'),
    user,
    password: `${user}-secret`,
    options: '-c row_security=off',
  });
  await client.connect();
  try {
    return (await readMoment(client, 2 ** 30)).tables;
  } finally {
    await client.end();
  }
}

test('every table with rows of its own is counted for itself, whatever it is called', async () => {
  const { tables } = await readMoment(owner, 2 ** 30);
  const counts = Object.fromEntries(tables.map(({ schema, table, rows }) => [`${schema}.${table}`, rows]));
  expect(counts).toEqual({
    'public.plain': '5',
    'Mixed.Case.plain': '6',
    'public.parent': '2',
    'public.child': '1',
    'public.parted_low': '3',
    'public.parted_rest': '1',
    'public.scratch': '1',
    'public.guarded': '7',
    ...Object.fromEntries(hostile.map((name) => [`public.${name}`, '1'])),
  });
  expect(tables.every(({ exact }) => exact)).toBe(true);
});

test('a moment tells its time, its place in the log, and its marks', async () => {
  const { readAt, lsn, marks } = await readMoment(owner, 0);
  expect(Math.abs(Date.parse(readAt) - Date.now())).toBeLessThan(60_000);
  expect(readAt).toMatch(/Z$/);
  expect(lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(Date.parse(marks.startedAt)).toBeLessThan(Date.now());
  expect(marks.walStatsReset).not.toBeNull();
});

describe('a table under row-level security', () => {
  const guarded = async (user: string) => (await tablesAs(user)).find(({ table }) => table === 'guarded');

  test('is counted whole by a role that may pass it', async () => {
    expect(await guarded('passer')).toMatchObject({ rows: '7', exact: true });
  });

  test('is not counted by a role that may not, which says why; the other tables are', async () => {
    expect(await guarded('reader')).toMatchObject({
      exact: false,
      uncounted: expect.stringContaining('42501'),
    });
    const plain = (await tablesAs('reader')).find(
      ({ table, schema }) => table === 'plain' && schema === 'public',
    );
    expect(plain).toMatchObject({ rows: '5', exact: true });
  });
});

test('a table over the size limit is estimated, and says so; an empty one is still counted', async () => {
  await owner.query(
    'CREATE TABLE none (id integer); CREATE TABLE large AS SELECT generate_series(1, 1000); ANALYZE large',
  );
  const { tables } = await readMoment(owner, 1);
  expect(tables.find(({ table }) => table === 'large')).toMatchObject({ rows: '1000', exact: false });
  expect(tables.find(({ table }) => table === 'none')).toMatchObject({ rows: '0', exact: true });
});

test('a table counts as large by its size of now, whether it was ever analysed or not', async () => {
  await owner.query(/* sql */ `
    CREATE TABLE never (id integer) WITH (autovacuum_enabled = false);
    CREATE TABLE grown (id integer) WITH (autovacuum_enabled = false);
    INSERT INTO grown VALUES (1)`);
  await owner.query('VACUUM ANALYZE grown');
  await owner.query(/* sql */ `
    INSERT INTO never SELECT generate_series(1, 10000);
    INSERT INTO grown SELECT generate_series(1, 10000)`);
  const { tables } = await readMoment(owner, 100_000);
  expect(tables.find(({ table }) => table === 'never')).toMatchObject({ rows: null, exact: false });
  expect(tables.find(({ table }) => table === 'grown')).toMatchObject({ exact: false });
  expect(tables.find(({ table }) => table === 'large')).toMatchObject({ exact: true });
});

test('a table that is dropped while the others are counted is left out', async () => {
  await owner.query('CREATE TABLE fleeting AS SELECT 1 AS id');
  const dropper = new Client(cluster.config('postgres'));
  await dropper.connect();
  const reader = new Client(cluster.config('postgres'));
  await reader.connect();
  const query = reader.query.bind(reader);
  let dropped = false;
  reader.query = (async (text: string, values?: unknown[]) => {
    if (!dropped && text.includes('FROM ONLY')) {
      dropped = true;
      await dropper.query('DROP TABLE fleeting');
    }
    return query(text, values);
  }) as typeof reader.query;
  try {
    const { tables } = await readMoment(reader, 2 ** 30);
    expect(dropped).toBe(true);
    expect(tables.map(({ table }) => table)).not.toContain('fleeting');
    expect(tables.at(-1)).toMatchObject({ exact: true });
    expect(tables.length).toBeGreaterThan(10);
  } finally {
    await Promise.all([dropper.end(), reader.end()]);
  }
});
