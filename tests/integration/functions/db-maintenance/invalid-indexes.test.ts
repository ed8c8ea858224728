import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../../../support/detached-stage.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

/** Nothing is bloated: what is done is about what is invalid. */
const bloat = { minMiB: 1_000_000 };

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    const app = await stage.as('app');
    await app.query(/* sql */ `
      CREATE TABLE notes (id integer PRIMARY KEY, body text);
      INSERT INTO notes SELECT g, 'x' FROM generate_series(1, 100) g;
      CREATE TABLE visits (id integer, day date) PARTITION BY RANGE (day);
      CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')`);
  });
  afterAll(() => stage?.stop());

  const invalid = async (): Promise<string[]> => {
    const { rows } = await stage.owner.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  /** A statement that waits for an open transaction that has written into the table. */
  const whileHeld = async (table: string, statement: string, look: () => Promise<void>) => {
    const [holder, builder] = [await stage.as('app'), await stage.as('app')];
    await holder.query(`BEGIN; UPDATE ${table} SET id = id WHERE id = 1`);
    const ended = builder.query(statement).then(
      () => 'done',
      (error: Error) => error.message,
    );
    await eventually(async () => ((await invalid()).length > 0 ? true : undefined));
    await look();
    await stage.owner.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'app' AND state = 'active'`,
    );
    await holder.query('ROLLBACK');
    return ended;
  };

  test('what a rebuild of a whole table builds at this moment is nobody’s leftover, nor is its TOAST’s; afterwards both are dropped', async () => {
    const end = await whileHeld('notes', 'REINDEX TABLE CONCURRENTLY notes', async () => {
      await eventually(async () => ((await invalid()).length > 1 ? true : undefined));
      const during = await stage.work('indexes', { bloat }, { untilMs: 2_000 });
      expect(during).toMatchObject({ outcomes: [], pending: null, notices: [] });
    });
    expect(end).toMatch(/canceling statement/);
    // Whichever of them Postgres had no time to take away.
    const left = await invalid();
    expect(left.some((name) => /^pg_toast_\d+_index_ccnew$/.test(name))).toBe(true);
    const { outcomes } = await stage.work('indexes', { bloat });
    expect(outcomes.map(({ kind, status }) => [kind, status])).toEqual(
      left.map(() => ['drop leftover', 'done']),
    );
    expect(await invalid()).toEqual([]);
  });

  test('an index that is being created is not told of, by whatever name', async () => {
    await whileHeld('notes', 'CREATE INDEX CONCURRENTLY notes_pkey_ccnew ON notes (id)', async () => {
      const during = await stage.work('indexes', { bloat }, { untilMs: 2_000 });
      expect(during).toMatchObject({ outcomes: [], pending: null, notices: [] });
    });
    await stage.owner.query('DROP INDEX notes_pkey_ccnew');
  });

  test('a numbered one goes where its original is there', async () => {
    await stage.owner.query(/* sql */ `CREATE INDEX notes_body ON notes (body);
      CREATE INDEX notes_body_ccnew ON notes (body); CREATE INDEX notes_body_ccnew1 ON notes (body);
      CREATE INDEX other_ccold ON notes (body); ALTER INDEX notes_body OWNER TO app;
      ALTER TABLE notes OWNER TO app;
      UPDATE pg_index SET indisvalid = false WHERE indexrelid IN (
        'notes_body_ccnew'::regclass, 'notes_body_ccnew1'::regclass, 'other_ccold'::regclass)`);
    const { outcomes, notices } = await stage.work('indexes', { bloat });
    expect(outcomes.map(({ target, status }) => [target, status])).toEqual([
      ['public.notes_body_ccnew', 'done'],
      ['public.notes_body_ccnew1', 'done'],
    ]);
    expect(notices.filter(({ kind }) => kind === 'invalid index')).toMatchObject([
      { target: 'public.other_ccold' },
    ]);
    await stage.owner.query('DROP INDEX other_ccold, notes_body');
  });

  test('one that a constraint hangs on, and the parent of partitions, are told with what mends them, which mends them', async () => {
    const app = await stage.as('app');
    await app.query('ALTER TABLE notes ADD CONSTRAINT "only ""one""" UNIQUE (body, id)');
    await stage.owner.query(
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"only ""one"""'::regclass`,
    );
    await app.query(/* sql */ `CREATE INDEX visits_day ON ONLY visits (day);
      CREATE INDEX visits_1_day ON visits_1 (day); ALTER INDEX visits_day ATTACH PARTITION visits_1_day`);
    const { outcomes, notices } = await stage.work('indexes', { bloat });
    expect(outcomes).toEqual([]);
    const told = notices.filter(({ kind }) => kind === 'invalid index');
    expect(told).toMatchObject([
      {
        target: 'public."only ""one"""',
        remedy: expect.stringContaining('ALTER TABLE "public"."notes" DROP CONSTRAINT "only ""one""";'),
      },
      {
        target: 'public.visits_day',
        reason: expect.stringContaining('public.visits'),
        remedy: expect.stringMatching(
          /ON public\.visits_2; then, .* ALTER INDEX "public"\."visits_day" ATTACH PARTITION/,
        ),
      },
    ]);
    await app.query(told[0]?.remedy?.split(';')[0] ?? '');
    await app.query('CREATE INDEX CONCURRENTLY visits_2_day ON visits_2 (day)');
    await app.query('ALTER INDEX visits_day ATTACH PARTITION visits_2_day');
    expect(await invalid()).toEqual([]);
    expect(
      (await stage.work('indexes', { bloat })).notices.filter(({ kind }) => kind === 'invalid index'),
    ).toEqual([]);
  });
});
