import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { firstShift } from '../../../../functions/matview-refresh/shift.ts';
import { isPgBouncerInstalled, sayThatPgBouncerIsMissing } from '../../../support/pgbouncer.ts';
import { type ShiftOrder, startViewStage, type ViewStage } from '../../../support/view-shifts.ts';

describe.each([15, 18] as const)('PostgreSQL %s', (major) => {
  let stage: ViewStage;
  beforeAll(async () => {
    stage = await startViewStage(major);
  });
  afterAll(() => stage?.stop());

  /** A table, a view of it, and a view on that, empty, of the role nightshift. The first is as slow as its function. */
  async function make(name: string, body = ''): Promise<void> {
    await stage.sql(`
      CREATE TABLE ${name} AS SELECT i AS id, i % 5 AS kind FROM generate_series(1, 500) AS i;
      CREATE FUNCTION ${name}_slow(kind int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN IF kind = 1 THEN ${body} END IF; RETURN kind; END $$;
      CREATE MATERIALIZED VIEW mv_${name} AS
        SELECT ${name}_slow(kind) AS kind, rows FROM (SELECT kind, count(*) AS rows FROM ${name} GROUP BY 1) AS grouped WITH NO DATA;
      CREATE UNIQUE INDEX ON mv_${name} (kind);
      CREATE MATERIALIZED VIEW mv_on_${name} AS SELECT sum(rows) AS rows FROM mv_${name} WITH NO DATA;
      CREATE UNIQUE INDEX ON mv_on_${name} (rows);
      ALTER MATERIALIZED VIEW mv_${name} OWNER TO nightshift;
      ALTER MATERIALIZED VIEW mv_on_${name} OWNER TO nightshift`);
  }

  /** Waits until the gate is opened, which the owner closes by its lock. */
  const gated = (gate: number) =>
    `WHILE NOT pg_try_advisory_xact_lock_shared(${gate}) LOOP PERFORM pg_sleep(0.05); END LOOP;`;
  const close = (gate: number) => stage.owner.query('SELECT pg_advisory_lock($1)', [gate]);
  const open = (gate: number) => stage.owner.query('SELECT pg_advisory_unlock($1)', [gate]);

  /** Shifts that are over soon, until one has left a refresh to the server. */
  async function leaveRunning(shift: ViewStage['shift'], slot: string, order: ShiftOrder) {
    for (let before = order.before; ; ) {
      const result = await shift(slot, { ...order, ...(before && { before }), seconds: 1 });
      if (result.running.length > 0) return result;
      before = result;
    }
  }

  async function committed(view: string): Promise<void> {
    while ((await refreshes(view)).length === 0) await sleep(50);
  }

  /** A window that is open for half a day, and closes in so many seconds. */
  function closingIn(seconds: number): { from: string; hours: number } {
    const closes = Date.now() + seconds * 1_000;
    const from = new Date(closes - 12 * 3_600_000);
    from.setUTCSeconds(0, 0);
    return { from: from.toISOString().slice(11, 16), hours: (closes - from.getTime()) / 3_600_000 };
  }

  const only = (...names: string[]) => ({ settings: { views: names.map((name) => `public.${name}`) } });
  const refreshes = (view: string) =>
    stage.sql<{ slot: string; method: string; rows: string }>(
      `SELECT slot, method, rows::text FROM nightshift.view_refreshes WHERE view = 'public.${view}' ORDER BY began_at`,
    );

  test('a refresh that outlives its shift is taken over by name, and by its row: never twice, never lost', async () => {
    await make('long', gated(1));
    await close(1);
    const order = only('mv_long', 'mv_on_long');
    const first = await leaveRunning(stage.shift, 'tonight', order);
    expect(first.names).toMatchObject({ refreshed: [], left: ['mv_long', 'mv_on_long'] });
    const second = await stage.shift('tonight', { ...order, before: first });
    expect(second.names).toMatchObject({ refreshed: [], left: ['mv_long', 'mv_on_long'] });
    expect(second.running).toHaveLength(1);
    // One that begins anew, as after a kill, and one of another slot meet it too.
    expect((await stage.shift('tonight', order)).running).toHaveLength(1);
    const other = await stage.shift('by-hand', { ...order, seconds: 5 });
    expect(Object.values(other.left)).toContainEqual(expect.stringContaining('is worked on by session'));
    await open(1);
    await committed('mv_long');
    const third = await stage.shift('tonight', { ...order, before: second });
    expect(third.names).toMatchObject({ refreshed: ['mv_long', 'mv_on_long'], left: [] });
    expect(await refreshes('mv_long')).toEqual([{ slot: 'tonight', method: 'plain', rows: '5' }]);
    expect(await refreshes('mv_on_long')).toHaveLength(1);
  });

  test('one that ended in the server without a commit is begun once more, and then given up', async () => {
    await make('ended', gated(2));
    await close(2);
    const order = only('mv_ended');
    const kill = () =>
      stage.sql(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'REFRESH%mv_ended%' AND pid <> pg_backend_pid()`,
      );
    const first = await leaveRunning(stage.shift, 'tonight', order);
    expect(await kill()).toHaveLength(1);
    const second = await leaveRunning(stage.shift, 'tonight', { ...order, before: first });
    expect(await kill()).toHaveLength(1);
    const third = await stage.shift('tonight', { ...order, before: second });
    await open(2);
    expect(third.names.failed).toEqual({ mv_ended: expect.stringContaining('2 times without a commit') });
    expect(await refreshes('mv_ended')).toEqual([]);
  });

  test('two that have the same slot, side by side, refresh each view once', async () => {
    for (const name of ['one', 'two', 'three']) await make(name, 'PERFORM pg_sleep(0.2);');
    const names = ['mv_one', 'mv_two', 'mv_three', 'mv_on_one', 'mv_on_two', 'mv_on_three'];
    const once = async () => {
      for (let before = firstShift; ; ) {
        const result = await stage.shift('both', { ...only(...names), before });
        if (result.names.left.length === 0) return result.names;
        before = result;
      }
    };
    for (const { refreshed, failed } of await Promise.all([once(), once()]))
      expect({ refreshed, failed }).toEqual({ refreshed: names.toSorted(), failed: {} });
    for (const name of names) expect(await refreshes(name)).toHaveLength(1);
  });

  test('a view that was renamed since it was planned is refreshed by its new name, and one that was dropped is not', async () => {
    await make('first', gated(4));
    await make('gone');
    await make('next');
    await close(4);
    const order = { settings: { ...only('mv_first', 'mv_gone', 'mv_next').settings, connections: 1 } };
    const shift = stage.shift('tonight', order);
    while (
      (await stage.sql(`SELECT FROM pg_stat_activity WHERE query LIKE 'REFRESH%mv_first%'`)).length === 0
    )
      await sleep(50);
    await stage.sql(
      'DROP MATERIALIZED VIEW mv_gone CASCADE; ALTER MATERIALIZED VIEW mv_next RENAME TO "mv_re; named"',
    );
    await open(4);
    const { names } = await shift;
    expect(names.refreshed).toEqual(['mv_first', 'mv_re; named']);
    expect(Object.values(names.failed)).toEqual(['it is no longer there']);
  });

  test('over its time limit it is cancelled, and what it held stays', async () => {
    await make('slow', 'PERFORM pg_sleep(60);');
    const settings = {
      ...only('mv_slow').settings,
      perView: { 'public.mv_slow': { timeLimitMinutes: 0.01 } },
    };
    const { names } = await stage.shift('tonight', { settings });
    expect(names.failed).toEqual({ mv_slow: expect.stringContaining('57014') });
  });

  test('readers never wait while views are refreshed', async () => {
    await make('read', 'PERFORM pg_sleep(0.3);');
    const order = only('mv_read', 'mv_on_read');
    await stage.shift('filled', order);
    await stage.sql('INSERT INTO read VALUES (501, 1)');
    const readers = await Promise.all(Array.from({ length: 20 }, () => stage.connect()));
    let [reads, samples, waits, going] = [0, 0, 0, true];
    const reading = readers.map(async (reader) => {
      for (; going; reads += 1) await reader.query('SELECT count(*) FROM mv_read JOIN mv_on_read ON true');
    });
    const watching = (async () => {
      for (; going; samples += 1) {
        const { rows } = await stage.owner.query(
          `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE NOT l.granted AND a.application_name = 'reader'`,
        );
        waits += rows[0].n;
      }
    })();
    const { names } = await stage.shift('tonight', order);
    going = false;
    await Promise.all([...reading, watching]);
    await Promise.all(readers.map((reader) => reader.end()));
    expect(names.refreshed).toEqual(['mv_on_read', 'mv_read']);
    expect(waits).toBe(0);
    expect(Math.min(reads, samples)).toBeGreaterThan(20);
  });

  test('readers wait for a plain refresh no longer than the maintenance window is open', async () => {
    await make('windowed');
    await make('later');
    const order = only('mv_windowed', 'mv_later');
    await stage.shift('filled', order);
    for (const name of ['windowed', 'later'])
      await stage.sql(`CREATE OR REPLACE FUNCTION ${name}_slow(kind int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN kind; END $$`);
    const perView = { 'public.mv_windowed': { method: 'plain' }, 'public.mv_later': { method: 'plain' } };
    const settings = { ...order.settings, connections: 1, perView, window: closingIn(6) };
    const first = await stage.shift('tonight', { settings, seconds: 20 });
    expect(Object.values(first.names.failed)).toEqual([
      expect.stringMatching(/57014.*maintenance window is over/),
    ]);
    expect(Object.values(first.left)).toEqual(['the maintenance window closed before its turn came']);
    const second = await stage.shift('tonight', { settings, before: first });
    expect(second.names).toMatchObject({ refreshed: [], left: [] });
  });

  test('sessions are waited for no longer than leaves time to refresh what they leave in doubt', async () => {
    await make('doubted');
    const order = only('mv_doubted', 'mv_on_doubted');
    await stage.shift('filled', order);
    await stage.owner.query('BEGIN');
    const settings = { ...order.settings, settleSeconds: 60 };
    const { names } = await stage.shift('tonight', { settings, seconds: 6 });
    await stage.owner.query('ROLLBACK');
    expect(names).toMatchObject({ refreshed: ['mv_doubted', 'mv_on_doubted'], left: [] });
  });

  test('what may pass is tried again as often as a lock is, and told with the words of Postgres', async () => {
    await make('unlucky', `RAISE 'deadlock detected' USING ERRCODE = '40P01';`);
    const settings = { ...only('mv_unlucky').settings, lockTries: 3 };
    const { names, running, lost } = await stage.shift('tonight', { settings });
    expect(names.failed).toEqual({ mv_unlucky: expect.stringMatching(/40P01 .*So it was 3 times\.$/) });
    expect({ running, lost }).toEqual({ running: [], lost: {} });
  });

  test('a lock that is held is asked for again, and no longer than it may', async () => {
    await make('locked');
    const order = { settings: { ...only('mv_locked').settings, lockTimeoutMs: 50, lockTries: 2 } };
    await stage.owner.query('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
    const { names } = await stage.shift('tonight', order);
    await stage.owner.query('ROLLBACK');
    expect(names.failed).toEqual({
      mv_locked: expect.stringMatching(/55P03.*So it was 2 times\. Somebody holds a lock/s),
    });
    expect((await stage.shift('again', order)).names.refreshed).toEqual(['mv_locked']);
  });

  if (major === 15) {
    // Waits until sessions have settled, so that nothing is in doubt: once is enough.
    test('what a killed execution has refreshed counts as refreshed, though it need not be again', async () => {
      await make('counted');
      const { settings } = only('mv_counted');
      const order = { settings: { ...settings, settleSeconds: 30 } };
      expect((await stage.shift('killed', order)).names.refreshed).toEqual(['mv_counted']);
      expect((await stage.shift('killed', order)).names).toMatchObject({
        refreshed: ['mv_counted'],
        skipped: [],
      });
      expect((await stage.shift('next', order)).names).toMatchObject({
        refreshed: [],
        skipped: ['mv_counted'],
      });
      expect(await refreshes('mv_counted')).toHaveLength(1);
    }, 60_000);
  }

  test('while audit-archive moves rows of a table, the views over it wait', async () => {
    await make('archived');
    await stage.sql(
      `INSERT INTO nightshift.archive_runs (slot, policy, status) VALUES ('2026-01-02', 'public.archived', 'running')`,
    );
    const order = only('mv_archived');
    const waiting = await stage.shift('tonight', { ...order, seconds: 1 });
    expect(Object.values(waiting.left)).toEqual(['audit-archive is moving rows of public.archived']);
    await stage.sql(`UPDATE nightshift.archive_runs SET status = 'completed', completed_at = now()`);
    expect((await stage.shift('tonight', { ...order, before: waiting })).names.refreshed).toEqual([
      'mv_archived',
    ]);
  });

  test('what fails says why without a value of any row, and stops only what reads it', async () => {
    await make('double');
    await make('sound');
    const order = only('mv_double', 'mv_on_double', 'mv_sound', 'mv_on_sound');
    await stage.shift('filled', order);
    await stage.sql(`
      CREATE OR REPLACE FUNCTION double_slow(kind int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 4711';
      INSERT INTO sound VALUES (501, 1)`);
    const { names } = await stage.shift('tonight', order);
    expect(names.refreshed).toEqual(['mv_on_sound', 'mv_sound']);
    expect(names.failed).toEqual({ mv_double: expect.stringMatching(/mv_double/) });
    expect(names.failed.mv_double).not.toContain('4711');
    const leftover = await stage.sql(
      `SELECT relname FROM pg_class WHERE relname LIKE 'pg_temp%' OR NOT relispopulated AND relkind = 'm' AND relname LIKE 'mv_%double'`,
    );
    expect(leftover).toEqual([]);
  });

  test('a view that is gone with its table is no longer looked for', async () => {
    await make('based');
    await stage.sql('DROP TABLE based CASCADE');
    const { names } = await stage.shift('tonight', only('mv_based', 'mv_on_based'));
    expect(names).toEqual({ refreshed: [], skipped: [], failed: {}, left: [] });
  });

  const pooled = isPgBouncerInstalled ? test : test.skip;
  if (!isPgBouncerInstalled) sayThatPgBouncerIsMissing();
  pooled('through PgBouncer in transaction mode', async () => {
    await make('pooled', gated(3));
    await close(3);
    const shift = await stage.startPooler();
    const order = only('mv_pooled', 'mv_on_pooled');
    const first = await leaveRunning(shift, 'tonight', order);
    await open(3);
    await committed('mv_pooled');
    const second = await shift('tonight', { ...order, before: first });
    expect(second.names).toMatchObject({ refreshed: ['mv_on_pooled', 'mv_pooled'], failed: {}, left: [] });
    await stage.sql('INSERT INTO pooled VALUES (501, 2)');
    const third = await shift('changed', order);
    expect(third.names).toMatchObject({ refreshed: ['mv_on_pooled', 'mv_pooled'], failed: {} });
    expect(await stage.sql('SELECT rows::int FROM mv_on_pooled')).toEqual([{ rows: 501 }]);
  });
});
