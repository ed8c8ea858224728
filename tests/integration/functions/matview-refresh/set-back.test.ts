import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Freshness, judgeFreshness } from '../../../../functions/matview-refresh/read-evidence.ts';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { type RefreshedView, refreshView } from '../../../../functions/matview-refresh/refresh-view.ts';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { readMigrations } from '../../../../infra/sql/migrations.ts';
import type { ConnectOptions } from '../../../../shared/postgres/connect.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { jobConnection } from '../../../support/job-connection.ts';

const limits = { lockMs: 20_000, statementSeconds: 20 };
const soon = () => Date.now() + 20_000;

describe.each([15, 18] as const)('a change that leaves no count, on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let options: ConnectOptions;
  let folder: string;

  /** In a session of its own, which has ended, and so told what it did, when this answers. */
  const sql = (text: string, database = 'clinic') =>
    withConnection(cluster.config(database), async (client) => (await client.query(text)).rows);
  const readView = (name: string, database = 'clinic'): Promise<RefreshedView> =>
    withConnection(cluster.config(database), async (client) => {
      const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
      const found = views.find((view) => view.name === name);
      if (!found) throw new Error(`no view ${name}`);
      return found;
    });
  const verdict = (view: RefreshedView, database = 'clinic'): Promise<Freshness | undefined> =>
    withConnection(cluster.config(database), async (client) =>
      (await judgeFreshness(client, [view], { settleSeconds: 0 })).get(view.id),
    );
  const refresh = (view: RefreshedView, slot = '1') =>
    refreshView(options, view, { slot, method: 'plain', limits }, soon());

  /** Refreshes it, and does something once the refresh waits for its lock, after the evidence has been read. */
  async function refreshMeeting(view: RefreshedView, meanwhile: string): Promise<void> {
    await withConnection(cluster.config('clinic'), async (reader) => {
      await reader.query(`BEGIN; SELECT count(*) FROM ${view.name}`);
      const ended = refresh(view);
      const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'REFRESH%'`;
      while ((await sql(waits)).length === 0) await sleep(20);
      await sql(meanwhile);
      await reader.query('COMMIT');
      expect(await ended).toBe('committed');
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
    cluster = await startEmbeddedCluster(major);
    await cluster.createDatabase('clinic');
    for (const migration of await readMigrations('up')) await sql(migration.sql);
    options = await jobConnection(cluster, 'clinic', folder);
  });
  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a partition that was away while its parent was read', async () => {
    await sql(`CREATE TABLE parts (id integer) PARTITION BY LIST (id);
      CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
      INSERT INTO parts VALUES (1), (1);
      CREATE MATERIALIZED VIEW mv_parts AS SELECT count(*) FROM parts`);
    const view = await readView('mv_parts');
    await refreshMeeting(view, 'ALTER TABLE parts DETACH PARTITION part_1');
    await sql('ALTER TABLE parts ATTACH PARTITION part_1 FOR VALUES IN (1)');
    expect(await sql('SELECT count::int FROM mv_parts')).toEqual([{ count: 0 }]);
    expect(await verdict(view)).toMatchObject({ fresh: false, because: expect.stringContaining('part') });
  });

  test.each([
    {
      what: 'a plain view',
      makes:
        'CREATE VIEW v_a AS SELECT cost FROM aba; CREATE MATERIALIZED VIEW mv_v AS SELECT cost AS a FROM v_a',
      changes: 'CREATE OR REPLACE VIEW v_a AS SELECT 0 AS cost',
      setsBack: 'CREATE OR REPLACE VIEW v_a AS SELECT cost FROM aba',
    },
    {
      what: 'a function',
      makes: `CREATE FUNCTION f_a(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1';
              CREATE MATERIALIZED VIEW mv_f AS SELECT f_a(cost) AS a FROM aba`,
      changes: `CREATE OR REPLACE FUNCTION f_a(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT 0'`,
      setsBack: `CREATE OR REPLACE FUNCTION f_a(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1'`,
    },
    {
      what: 'a column',
      makes: 'CREATE MATERIALIZED VIEW mv_c AS SELECT row_to_json(aba)::text AS a FROM aba',
      changes: 'ALTER TABLE aba RENAME COLUMN cost TO price',
      setsBack: 'ALTER TABLE aba RENAME COLUMN price TO cost',
    },
    {
      what: 'a label',
      makes: `CREATE TYPE mood AS ENUM ('fine'); CREATE TABLE moods AS SELECT 'fine'::mood AS mood;
              CREATE MATERIALIZED VIEW mv_l AS SELECT mood::text AS a FROM moods`,
      changes: `ALTER TYPE mood RENAME VALUE 'fine' TO 'well'`,
      setsBack: `ALTER TYPE mood RENAME VALUE 'well' TO 'fine'`,
    },
  ])('$what that was another while it was read', async ({ makes, changes, setsBack }) => {
    await sql('CREATE TABLE IF NOT EXISTS aba AS SELECT 7 AS cost');
    await sql(makes);
    const [, name = ''] = /MATERIALIZED VIEW (\w+)/.exec(makes) ?? [];
    const view = await readView(name);
    const before = await sql(`TABLE ${name}`);
    await refreshMeeting(view, changes);
    await sql(setsBack);
    expect(await sql(`TABLE ${name}`)).not.toEqual(before);
    expect(await verdict(view)).toMatchObject({
      fresh: false,
      because: expect.stringMatching(/definition|altered/),
    });
    await refresh(view, '2');
    expect(await verdict(view)).toMatchObject({ fresh: true });
    expect(await sql(`TABLE ${name}`)).toEqual(before);
  });

  test('a view whose name another one took', async () => {
    await sql(`CREATE TABLE swapped AS SELECT 1 AS id;
      CREATE MATERIALIZED VIEW mv_one AS SELECT id FROM swapped;
      CREATE MATERIALIZED VIEW mv_two AS SELECT id + 1 AS id FROM swapped`);
    const view = await readView('mv_one');
    await sql(`INSERT INTO swapped VALUES (2);
      ALTER MATERIALIZED VIEW mv_one RENAME TO mv_old; ALTER MATERIALIZED VIEW mv_two RENAME TO mv_one`);
    await expect(refresh(view)).rejects.toMatchObject({
      message: 'public.mv_one was renamed while it was to be refreshed, and another view has its name.',
      transient: true,
    });
    expect(await sql('SELECT FROM mv_one WHERE id = 3')).toEqual([]);
    expect(await sql(`SELECT FROM nightshift.view_refreshes WHERE view_id = ${view.id}`)).toEqual([]);
    expect(await verdict(view)).toMatchObject({ fresh: false });
    expect(await refresh({ ...view, name: 'mv_old' })).toBe('committed');
    expect(await verdict(view)).toMatchObject({ fresh: true });
  });

  test('a database that was copied, with all that Nightshift wrote', async () => {
    await cluster.createDatabase('original');
    for (const migration of await readMigrations('up')) await sql(migration.sql, 'original');
    await sql(
      `CREATE TABLE few (id integer); CREATE MATERIALIZED VIEW mv_few AS SELECT id FROM few`,
      'original',
    );
    const original = { ...options, database: { ...options.database, databaseName: 'original' } };
    const view = await readView('mv_few', 'original');
    await refreshView(original, view, { slot: '1', method: 'plain', limits }, soon());
    expect(await verdict(view, 'original')).toMatchObject({ fresh: true });
    await sql('INSERT INTO few VALUES (1)', 'original');
    await sql('CREATE DATABASE copied TEMPLATE original', 'postgres');
    expect(await verdict(view, 'original')).toMatchObject({ fresh: false });
    expect(await verdict(view, 'copied')).toMatchObject({ fresh: false });
  });

  test('a table that is kept by another access method, which may count nothing', async () => {
    await sql(`CREATE ACCESS METHOD columns TYPE TABLE HANDLER heap_tableam_handler;
      CREATE TABLE kept_elsewhere (id integer) USING columns;
      CREATE MATERIALIZED VIEW mv_elsewhere AS SELECT id FROM kept_elsewhere`);
    const view = await readView('mv_elsewhere');
    await refresh(view);
    expect(await verdict(view)).toMatchObject({ fresh: false, because: expect.stringContaining('columns') });
  });
});
