import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, PostgresError } from '../../../../../shared/job/errors.ts';
import { withConnection } from '../../../../../shared/postgres/connect.ts';
import { runDetachedAlone } from '../../../../../shared/postgres/detached/alone.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import { endRunning } from '../../../../../shared/postgres/detached/end-running.ts';
import {
  type DetachedStage,
  eventually,
  failureOf,
  longWork,
  lookAt,
  startDetachedStage,
  untilGone,
} from '../../../../support/detached-stage.ts';

/** Listens for a second, which is the least, and is gone. */
const untilNow = 0;
const inAMinute = () => Date.now() + 60_000;

const alone = (object: string, statement: string) => ({
  name: longWork(object, '').name,
  limits: { lockMs: 30_000, statementSeconds: 60 },
  statement,
});

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major);
    // VACUUM rests after each page that it has read, and each row of the index takes its time.
    await stage.owner.query(/* sql */ `
      ALTER ROLE nightshift SET vacuum_cost_limit = 1;
      ALTER ROLE nightshift SET vacuum_cost_delay = '20ms';
      CREATE FUNCTION slowly(id integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
        $$ BEGIN IF id > 0 AND current_user = 'nightshift' THEN PERFORM pg_sleep(0.02); END IF; RETURN id; END $$;
      CREATE TABLE visits (id integer, note text) WITH (autovacuum_enabled = false, fillfactor = 10);
      INSERT INTO visits SELECT n, repeat('x', 500) FROM generate_series(1, 100) AS n;
      CREATE INDEX visits_slowly ON visits (slowly(id));
      ALTER TABLE visits OWNER TO nightshift`);
  });
  afterAll(() => stage.stop());

  const asRow = async (sql: string) => (await stage.owner.query(sql)).rows[0];

  test('a VACUUM goes on when its client has gone, and is known by its effect', async () => {
    await stage.owner.query('UPDATE visits SET note = note WHERE id % 2 = 0');
    const vacuum = alone('public.visits', 'VACUUM (FREEZE) public.visits');
    await expect(runDetachedAlone(stage.direct, vacuum, untilNow)).resolves.toBe('running');
    const found = await lookAt(stage.direct, 'public.visits');
    expect(found).toMatchObject({ pid: expect.any(Number), waitingFor: null });
    expect(await failureOf(runDetachedAlone(stage.direct, vacuum, untilNow))).toBeInstanceOf(
      AlreadyRunningError,
    );
    expect(await asRow(`SELECT last_vacuum FROM pg_stat_user_tables WHERE relname = 'visits'`)).toEqual({
      last_vacuum: null,
    });
    await untilGone(stage.direct, 'public.visits');
    expect(
      await asRow(`SELECT count(*)::int, n_dead_tup::int FROM pg_stat_user_tables
      WHERE relname = 'visits' AND last_vacuum IS NOT NULL GROUP BY 2`),
    ).toEqual({ count: 1, n_dead_tup: 0 });
    // With nothing left to do it is over at once.
    const again = alone('public.visits', 'VACUUM public.visits');
    await expect(runDetachedAlone(stage.direct, again, inAMinute())).resolves.toBe('ended');
  });

  test('an index is rebuilt CONCURRENTLY when its client has gone', async () => {
    const node = `SELECT pg_relation_filenode('visits_slowly')::int AS node, indisvalid AS valid
      FROM pg_index WHERE indexrelid = 'visits_slowly'::regclass`;
    const before = await asRow(node);
    const reindex = alone('public.visits_slowly', 'REINDEX INDEX CONCURRENTLY public.visits_slowly');
    await expect(runDetachedAlone(stage.direct, reindex, untilNow)).resolves.toBe('running');
    expect(await lookAt(stage.direct, 'public.visits_slowly')).toBeDefined();
    expect(await asRow(node)).toEqual(before);
    await untilGone(stage.direct, 'public.visits_slowly');
    const after = await asRow(node);
    expect(after).toMatchObject({ valid: true });
    expect(after.node).not.toBe(before.node);
    expect(await asRow(`SELECT count(*)::int FROM pg_class WHERE relname ~ '_cc(new|old)'`)).toEqual({
      count: 0,
    });
  });

  test('one that is cancelled ends, and whoever listens is told', async () => {
    const vacuum = alone('public.visits', 'VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) public.visits');
    const failure = failureOf(runDetachedAlone(stage.direct, vacuum, inAMinute()));
    await eventually(() => lookAt(stage.direct, 'public.visits'));
    const ending = withConnection(stage.direct, (client) =>
      endRunning(client, vacuum.name, { terminateAfterSeconds: 20 }),
    );
    await expect(ending).resolves.toBe('cancelled');
    expect(await failure).toMatchObject({ sqlState: '57014' });
  });

  test.each([
    [
      'its own time',
      { statementSeconds: 0.3 },
      'VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) public.visits',
      '57014',
    ],
    ['an error', {}, 'VACUUM public.nowhere', '42P01'],
  ])('is ended by %s, which is told', async (_what, limits, statement, sqlState) => {
    const work = alone('public.visits', statement);
    const error = await failureOf(
      runDetachedAlone(stage.direct, { ...work, limits: { ...work.limits, ...limits } }, inAMinute()),
    );
    expect(error).toBeInstanceOf(PostgresError);
    expect(error).toMatchObject({ sqlState });
  });

  test('a pooler is refused before anything is sent', async () => {
    const pooled = { ...stage.direct, address: { host: '127.0.0.1', port: 1 }, pooled: true };
    const error = await failureOf(runDetachedAlone(pooled, alone('x', 'VACUUM'), inAMinute()));
    expect(error).toBeInstanceOf(ConfigError);
  });
});
