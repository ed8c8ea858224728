import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../support/detached-stage.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const bloat = { minMiB: 0.1 };

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    const app = await stage.as('app');
    await app.query(/* sql */ `
      CREATE TABLE busy (id integer PRIMARY KEY, v integer, words text) WITH (autovacuum_enabled = false);
      INSERT INTO busy SELECT g, g, 'w' || g FROM generate_series(1, 20000) g;
      CREATE INDEX "ix ""v""" ON busy (v)`);
    // Far apart, so that pages stay, with little on each.
    await app.query('DELETE FROM busy WHERE id % 10 <> 0');
    await app.query('VACUUM (ANALYZE) busy');
  });
  afterAll(() => stage.stop());

  const indexes = async () => {
    const { rows } = await stage.owner.query<{ name: string; valid: boolean; bytes: number }>(
      `SELECT relname AS name, indisvalid AS valid, pg_relation_size(c.oid)::int AS bytes
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE indrelid = 'busy'::regclass ORDER BY relname`,
    );
    return rows;
  };

  test('without room on the disk none is touched, and what is missing is said', async () => {
    const poor = { ...stage.reach, allocatedGiB: 0.001 };
    const { outcomes, untouched } = await stage.work('indexes', { bloat }, {}, poor);
    expect(outcomes).toEqual([]);
    expect(untouched).toMatchObject([
      { target: expect.anything(), remedy: expect.stringContaining('AllocatedStorage') },
      { kind: 'refuse' },
    ]);
  });

  test('without pgstattuple the estimate finds them too', async () => {
    await stage.owner.query(
      'REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA nightshift FROM pg_stat_scan_tables, PUBLIC',
    );
    const poor = { ...stage.reach, allocatedGiB: 0.001 };
    const { untouched, measured } = await stage.work('indexes', { bloat }, {}, poor);
    expect(untouched.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('(estimated)'),
      expect.stringContaining('(estimated)'),
    ]);
    expect(measured).toEqual({});
    await stage.owner.query('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA nightshift TO pg_stat_scan_tables');
  });

  test('a rebuild that was cancelled half-way leaves an invalid index, which is dropped, and others are not', async () => {
    const [reader, builder] = [await stage.as('app'), await stage.as('app')];
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await reader.query('SELECT count(*) FROM busy');
    await reader.query('UPDATE busy SET words = words WHERE id = 10');
    const building = builder
      .query('REINDEX INDEX CONCURRENTLY "ix ""v"""')
      .catch((error: Error) => error.message);
    await eventually(async () => ((await indexes()).some(({ valid }) => !valid) ? true : undefined));
    // While it is being built it is nobody's leftover.
    const during = await stage.work('indexes', { bloat: { ...bloat, minMiB: 1_000 } });
    expect(during.outcomes).toEqual([]);
    await stage.owner.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX%'`,
    );
    expect(await building).toMatch(/canceling statement/);
    await reader.query('ROLLBACK');
    expect((await indexes()).filter(({ valid }) => !valid).map(({ name }) => name)).toEqual(['ix "v"_ccnew']);

    // One that failed for its own reasons, and one of a leftover's name whose original is no index of that making.
    await stage.owner.query('SET ROLE app');
    await stage.owner.query('UPDATE busy SET v = 20 WHERE id = 30');
    await expect(stage.owner.query('CREATE UNIQUE INDEX CONCURRENTLY twice ON busy (v)')).rejects.toThrow(
      /unique/,
    );
    await expect(
      stage.owner.query('CREATE UNIQUE INDEX CONCURRENTLY busy_pkey_ccnew ON busy (v)'),
    ).rejects.toThrow();
    await stage.owner.query('RESET ROLE');
    const { outcomes, notices } = await stage.work('indexes', { bloat: { ...bloat, minMiB: 1_000 } });
    expect(outcomes).toMatchObject([
      { kind: 'drop leftover', target: 'public."ix ""v""_ccnew"', status: 'done' },
    ]);
    const told = notices.filter(({ kind }) => kind === 'invalid index');
    expect(told.map(({ target }) => target).sort()).toEqual(['public.busy_pkey_ccnew', 'public.twice']);
    expect(told[0]?.remedy).toContain('REINDEX INDEX CONCURRENTLY');
    await stage.owner.query('DROP INDEX twice, busy_pkey_ccnew');
  });

  test('what is bloated is rebuilt and smaller, one after the other, and found full afterwards', async () => {
    const before = await indexes();
    const { outcomes, isLeft } = await stage.work('indexes', { bloat });
    expect(outcomes.map(({ kind, status, target }) => [kind, status, target]).sort()).toEqual([
      ['rebuild index', 'done', 'public."ix ""v"""'],
      ['rebuild index', 'done', 'public.busy_pkey'],
    ]);
    expect(isLeft).toBe(false);
    const after = await indexes();
    expect(after.map(({ name, valid }) => [name, valid])).toEqual(before.map(({ name }) => [name, true]));
    for (const [at, { bytes }] of after.entries()) expect(bytes).toBeLessThan((before[at]?.bytes ?? 0) / 2);
    expect((await stage.work('indexes', { bloat })).outcomes).toEqual([]);
  });

  test('a rebuild outlives its shift, and the next one takes it over and sees its effect', async () => {
    const app = await stage.as('app');
    await app.query(`INSERT INTO busy SELECT g, g, 'w' FROM generate_series(20001, 60000) g`);
    await app.query('DELETE FROM busy WHERE id > 20000 AND id % 10 <> 0');
    await app.query('VACUUM (ANALYZE) busy');
    await app.query('BEGIN');
    await app.query('UPDATE busy SET words = words WHERE id = 10');
    const first = await stage.work('indexes', { bloat }, { untilMs: 1_500, slot: 'long' });
    expect(first).toMatchObject({ outcomes: [], pending: { action: { kind: 'rebuild index' } } });
    const { pending, measured } = JSON.parse(JSON.stringify(first));
    const second = stage.work('indexes', { bloat }, { pending, measured, slot: 'long' });
    await app.query('COMMIT');
    const { outcomes } = await second;
    expect(outcomes.map(({ status }) => status)).toEqual(['done', 'done']);
    expect((await indexes()).every(({ valid }) => valid)).toBe(true);
  });

  test('unused and duplicate indexes are told of, and none is dropped', async () => {
    const app = await stage.as('app');
    await app.query(/* sql */ `CREATE INDEX v_again ON busy (v); CREATE INDEX v_words ON busy (v, words);
      CREATE INDEX v_desc ON busy (v DESC); CREATE INDEX v_part ON busy (v) WHERE v > 5`);
    const { notices, outcomes } = await stage.work('indexes');
    const doubled = notices.filter(({ kind }) => kind === 'duplicate index').map(({ target }) => target);
    expect(doubled.sort()).toEqual(['public."ix ""v"""', 'public.v_again']);
    expect(outcomes).toEqual([]);
    expect((await indexes()).map(({ name }) => name)).toHaveLength(6);
  });
});
