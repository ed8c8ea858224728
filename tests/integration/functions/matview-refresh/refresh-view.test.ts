import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { judgeFreshness } from '../../../../functions/matview-refresh/read-evidence.ts';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import {
  isLocked,
  isRefreshedByAnother,
  lookAtRefresh,
  type RefreshedView,
  type RefreshOrder,
  refreshView,
} from '../../../../functions/matview-refresh/refresh-view.ts';
import { readMigrations } from '../../../../infra/sql/migrations.ts';
import type { ConnectOptions } from '../../../../shared/postgres/connect.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { jobConnection } from '../../../support/job-connection.ts';

const order: RefreshOrder = { slot: '1', method: 'plain', limits: { lockMs: 200, statementSeconds: 20 } };
const soon = () => Date.now() + 20_000;

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let client: Client;
  let options: ConnectOptions;
  let folder: string;

  const connected = async () => {
    const other = new Client(cluster.config('clinic'));
    await other.connect();
    return other;
  };
  /** A view over a table of its own, with rows 1 to 10. */
  const makeView = async (name: string, query = `SELECT id, cost FROM ${name}_t`): Promise<RefreshedView> => {
    await client.query(`CREATE TABLE ${name}_t (id integer PRIMARY KEY, cost integer DEFAULT 1);
      INSERT INTO ${name}_t SELECT generate_series(1, 10);
      CREATE MATERIALIZED VIEW ${name} AS ${query} WITH NO DATA; CREATE UNIQUE INDEX ON ${name} (id)`);
    return readView(name);
  };
  const readView = async (name: string): Promise<RefreshedView> => {
    const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock: {} });
    const found = views.find((view) => view.name === name);
    if (!found) throw new Error(`no view ${name}`);
    return found;
  };
  const refresh = (view: RefreshedView, change: Partial<RefreshOrder> = {}, until = soon()) =>
    refreshView(options, view, { ...order, ...change }, until);
  const rowsOf = async ({ id }: RefreshedView) =>
    (
      await client.query(
        `SELECT slot, method, rows::integer, bytes > 0 AS "hasBytes", evidence IS NOT NULL AS vouches, ended_at >= began_at AS ended
           FROM nightshift.view_refreshes WHERE view_id = $1 ORDER BY began_at`,
        [id],
      )
    ).rows;
  const verdict = async (view: RefreshedView, settleSeconds = 0) =>
    (await judgeFreshness(client, [view], { settleSeconds })).get(view.id);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
    cluster = await startEmbeddedCluster(major);
    await cluster.createDatabase('clinic');
    client = await connected();
    for (const { sql } of await readMigrations('up')) await client.query(sql);
    // A snapshot of the whole transaction would be older than the evidence.
    await client.query(`ALTER DATABASE clinic SET default_transaction_isolation = 'repeatable read'`);
    options = await jobConnection(cluster, 'clinic', folder);
  });
  afterAll(async () => {
    await client?.end();
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('keeps rows, size and what vouches for the newest refresh, by either method', async () => {
    const view = await makeView('totals');
    expect(await refresh(view)).toBe('committed');
    await client.query(
      'DELETE FROM totals_t WHERE id > 8; UPDATE totals_t SET cost = 2 WHERE id < 3; INSERT INTO totals_t VALUES (20)',
    );
    expect(await refresh(view, { slot: '2', method: 'concurrently' })).toBe('committed');
    await client.query(
      'INSERT INTO totals_t VALUES (21); REFRESH MATERIALIZED VIEW totals; INSERT INTO totals_t VALUES (22)',
    );
    await client.query('SELECT pg_stat_force_next_flush()');
    expect(await refresh(view, { slot: '3', method: 'concurrently' })).toBe('committed');
    const common = { hasBytes: true, ended: true };
    expect(await rowsOf(view)).toEqual([
      { ...common, slot: '1', method: 'plain', rows: 10, vouches: false },
      { ...common, slot: '2', method: 'concurrently', rows: 9, vouches: false },
      { ...common, slot: '3', method: 'concurrently', rows: 11, vouches: true },
    ]);
    expect(await refresh(view, { slot: '3' })).toBe('before');
    expect(await lookAtRefresh(client, view.id, '3')).toMatchObject({ kind: 'committed', rows: '11' });
    expect(await lookAtRefresh(client, view.id, '4')).toEqual({ kind: 'none' });
    expect(await verdict(view)).toEqual({ fresh: true, asOf: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) });
  });

  test('sees what is committed between its evidence and its snapshot, whatever the database prefers', async () => {
    const view = await makeView('levels');
    await refresh(view);
    await client.query('INSERT INTO levels_t VALUES (11)');
    await refresh(view, { slot: '2' });
    const { rows } = await client.query('SELECT count(*)::integer AS rows FROM levels');
    expect(rows).toEqual([{ rows: 11 }]);
  });

  test('tells why a view is not called fresh', async () => {
    const view = await makeView('reasons');
    expect(await verdict(view)).toEqual({ fresh: false, because: 'never refreshed by Nightshift' });
    await refresh(view);
    expect(await verdict(view)).toMatchObject({ fresh: true });
    const other = await connected();
    await other.query(`SET application_name = 'app'; BEGIN; SELECT 1`);
    expect(await verdict(view)).toEqual({
      fresh: false,
      because: expect.stringMatching(
        /^session \d+ \(app\) may not have reported what it did: idle in transaction since 2/,
      ),
    });
    await other.end();
    await client.query('REFRESH MATERIALIZED VIEW reasons; SELECT pg_stat_force_next_flush()');
    const someone = { fresh: false, because: 'someone else refreshed or rewrote it since' };
    expect(await verdict(view)).toEqual(someone);
    await refresh(view, { slot: '2' });
    await client.query('REFRESH MATERIALIZED VIEW reasons WITH NO DATA');
    expect(await verdict(view)).toEqual({ fresh: false, because: 'it is not populated' });
    await refresh(view, { slot: '3' });
    await client.query('INSERT INTO reasons_t VALUES (11), (12); SELECT pg_stat_force_next_flush()');
    expect(await verdict(view)).toEqual({ fresh: false, because: 'public.reasons_t: 2 more rows inserted' });
    await refresh(view, { slot: '4' });
    await client.query('ALTER DATABASE clinic SET track_counts = off');
    expect(await verdict(view)).toEqual({
      fresh: false,
      because: 'changes are not counted: track_counts is off',
    });
    await client.query('ALTER DATABASE clinic RESET track_counts');
    expect(await verdict(view)).toMatchObject({ fresh: true });
    expect(await lastRefreshOfAlways(view)).toBe('its last refresh could not vouch for what it read');
  });

  const lastRefreshOfAlways = async (view: RefreshedView) => {
    await refresh({ ...view, alwaysBecause: 'it calls now()' }, { slot: '5' });
    const found = await verdict(view);
    return found?.fresh === false ? found.because : found;
  };

  test('is judged outside of a transaction alone', async () => {
    const view = await makeView('alone');
    await client.query('BEGIN');
    await expect(verdict(view)).rejects.toThrow(/looked at inside of a transaction/);
    await client.query('ROLLBACK');
  });

  test('a name that quotes, and one whose rows repeat: nothing is left of a refresh that failed', async () => {
    await client.query(`CREATE TABLE doubles (id integer); INSERT INTO doubles VALUES (1);
      CREATE MATERIALIZED VIEW "it's; ""odd""" AS SELECT id FROM doubles; CREATE UNIQUE INDEX ON "it's; ""odd""" (id)`);
    const view = await readView(`it's; "odd"`);
    expect(await refresh(view)).toBe('committed');
    await client.query('INSERT INTO doubles VALUES (1)');
    for (const method of ['concurrently', 'plain'] as const)
      await expect(refresh(view, { slot: '2', method })).rejects.toThrow(/failed: Postgres answered/);
    expect(await rowsOf(view)).toMatchObject([{ slot: '1' }]);
    expect(await lookAtRefresh(client, view.id, '2')).toEqual({ kind: 'none' });
  });

  test('gives up a lock that it does not get, and leaves a view to whoever refreshes it', async () => {
    // Its refresh lasts until we let go of the lock.
    const view = await makeView(
      'busy',
      'SELECT id, cost FROM busy_t, (SELECT pg_advisory_xact_lock(77)) AS wait',
    );
    await client.query('SELECT pg_advisory_lock(77)');
    const errors: unknown[] = [];
    const patient = { ...order.limits, lockMs: 20_000 };
    expect(await refresh(view, { limits: patient }, Date.now())).toBe('running');
    expect(await lookAtRefresh(client, view.id, '1')).toMatchObject({
      kind: 'running',
      pid: expect.any(Number),
    });
    for (const slot of ['1', '2'])
      await refresh(view, { slot }).catch((error: unknown) => errors.push(error));
    expect(errors.map(isRefreshedByAnother)).toEqual([true, true]);
    await client.query('SELECT pg_advisory_unlock(77)');
    while ((await lookAtRefresh(client, view.id, '1')).kind === 'running')
      await client.query('SELECT pg_sleep(0.1)');
    expect(await rowsOf(view)).toMatchObject([{ slot: '1', ended: true, rows: 10 }]);
    const reader = await connected();
    await reader.query('BEGIN; SELECT FROM busy');
    await refresh(view, { slot: '2' }).catch((error: unknown) => errors.push(error));
    expect(errors.slice(2).map(isLocked)).toEqual([true]);
    await reader.end();
  });

  test('while one view is refreshed, others are judged: what that session does is known, and has not happened yet', async () => {
    const quiet = await makeView('quiet');
    await client.query('SELECT pg_stat_force_next_flush()');
    expect(await refresh(quiet)).toBe('committed');
    const long = await makeView(
      'long',
      'SELECT id, cost FROM long_t, (SELECT pg_advisory_xact_lock(78)) AS wait',
    );
    const above = await makeView('above', 'SELECT id, cost FROM quiet, (SELECT count(*) FROM above_t) AS n');
    expect(await refresh(above)).toBe('committed');
    await client.query('SELECT pg_advisory_lock(78)');
    const patient = { ...order.limits, lockMs: 20_000 };
    expect(await refresh(long, { limits: patient }, Date.now())).toBe('running');
    expect(await refresh(quiet, { slot: '2' })).toBe('committed');
    // Whose session is just ending is waited for.
    expect(await verdict(quiet, 5)).toEqual({ fresh: true, asOf: expect.any(String) });
    expect(await verdict(above)).toMatchObject({ fresh: false, because: expect.stringContaining('quiet') });
    await client.query('INSERT INTO quiet_t VALUES (11); SELECT pg_stat_force_next_flush()');
    expect(await verdict(quiet)).toMatchObject({
      fresh: false,
      because: expect.stringContaining('1 more row'),
    });
    await client.query('SELECT pg_advisory_unlock(78)');
    while ((await lookAtRefresh(client, long.id, '1')).kind !== 'committed')
      await client.query('SELECT pg_sleep(0.05)');
  });

  test('lets go of refreshes older than 400 days, but not of the newest', async () => {
    const view = await makeView('ages');
    await refresh(view, { slot: 'old' });
    await refresh(view, { slot: 'newer' });
    await client.query(
      `UPDATE nightshift.view_refreshes SET began_at = began_at - interval '401 days', ended_at = ended_at - interval '401 days' WHERE view_id = $1`,
      [view.id],
    );
    await refresh(view, { slot: 'newest' });
    expect(await rowsOf(view)).toMatchObject([{ slot: 'newest' }]);
  });
});
