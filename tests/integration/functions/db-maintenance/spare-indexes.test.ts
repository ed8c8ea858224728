import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readServer } from '../../../../functions/db-maintenance/read-server.ts';
import { readSpareIndexes } from '../../../../functions/db-maintenance/read-spare-indexes.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const everything = { only: null, leaveOut: [] };

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    await stage.owner.query('SET ROLE app');
    await stage.owner.query(/* sql */ `
      CREATE TABLE people (id integer PRIMARY KEY, mail text UNIQUE, name text, born integer, tags integer[], code text NOT NULL,
        EXCLUDE USING btree (born WITH =));
      INSERT INTO people SELECT g, 'm' || g, 'n' || g % 50, g, ARRAY[g], 'c' || g FROM generate_series(1, 3000) g;
      CREATE UNIQUE INDEX people_code ON people (code); ALTER TABLE people REPLICA IDENTITY USING INDEX people_code;
      CREATE UNIQUE INDEX people_unique ON people (name, id);
      CREATE INDEX people_used ON people (tags);
      CREATE INDEX people_unused ON people (born, name);
      CREATE INDEX people_lower_unused ON people (lower(name));
      CREATE TABLE children (of integer REFERENCES people (id));
      CREATE TABLE events (id integer, day date, kind text) PARTITION BY RANGE (day);
      CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
      CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
      INSERT INTO events SELECT g, '2026-01-01'::date + g % 59, 'k' || g % 9 FROM generate_series(1, 4000) g;
      CREATE INDEX events_used ON events (id); CREATE INDEX events_unused ON events (kind);
      ANALYZE`);
    // One of both partitions' parts is enough to call the whole used.
    await stage.owner.query('SET enable_seqscan = off; SET enable_bitmapscan = off');
    await stage.owner.query(`SELECT id FROM people WHERE tags = '{7}'`);
    await stage.owner.query(`SELECT kind FROM events WHERE id = 7 AND day = '2026-01-08'`);
    await stage.owner.query('SELECT pg_stat_force_next_flush()');
    await stage.owner.query('RESET ROLE');
  });
  afterAll(() => stage?.stop());

  const spare = () => stage.reach.connect((client) => readSpareIndexes(client, everything));
  const named = async () => (await spare()).map(({ name, doubledBy }) => [name, doubledBy]);

  test('what was used, and what anything hangs on, is not called unused; of partitions the whole is', async () => {
    expect((await named()).sort()).toEqual([
      ['events_unused', null],
      ['people_lower_unused', null],
      ['people_unused', null],
    ]);
    const { rows } = await stage.owner.query<{ bytes: number }>(
      `SELECT sum(pg_relation_size(inhrelid))::int AS bytes FROM pg_inherits WHERE inhparent = 'events_unused'::regclass`,
    );
    const found = await spare();
    expect(found.find(({ name }) => name === 'events_unused')).toMatchObject({
      isPartitioned: true,
      bytes: rows[0]?.bytes,
    });
    expect(found.find(({ name }) => name === 'people_lower_unused')).toMatchObject({ isOfExpressions: true });
  });

  test('whoever resets the counters, of all or of one index, resets since when they count', async () => {
    const since = () =>
      stage.reach.connect(async (client) => Date.parse((await readServer(client)).countedSince));
    const first = await since();
    await stage.owner.query(`SELECT pg_stat_reset_single_table_counters('people_used'::regclass)`);
    const second = await since();
    expect(second).toBeGreaterThan(first);
    expect((await named()).map(([name]) => name)).toContain('people_used');
    await stage.owner.query('SELECT pg_stat_reset()');
    expect(await since()).toBeGreaterThan(second);
    const { notices } = await stage.work('indexes');
    expect(notices.map(({ target, reason }) => [target, reason])).toContainEqual([
      expect.stringMatching(/^\d+ indexes$/),
      expect.stringMatching(/counting began anew/),
    ]);
  });

  test.each([
    ['the same again', '(v)', '(v)', 'a'],
    ['the same of a unique one', 'UNIQUE (v)', '(v)', 'a'],
    ['two unique ones', 'UNIQUE (v)', 'UNIQUE (v)', 'a'],
    ['a unique one beside a plain one: the plain one goes', '(v)', 'UNIQUE (v)', 'a of b'],
    ['the beginning of a longer one', '(v, w)', '(v)', 'a'],
    ['the beginning of one that includes more', '(v) INCLUDE (w)', '(v)', 'a'],
    ['the same with what it includes', '(v) INCLUDE (w)', '(v) INCLUDE (w)', 'a'],
    ['the same expression, however it was written', '(lower(  w ))', '( lower(w))', 'a'],
    ['the same predicate, however it was written', '(v)  WHERE v  > 5', '(v) WHERE (v > 5)', 'a'],
    ['the same hash', 'USING hash (v)', 'USING hash (v)', 'a'],
    ['the other direction', '(v)', '(v DESC)', null],
    ['nulls elsewhere', '(v NULLS FIRST)', '(v)', null],
    ['another order of columns', '(v, w)', '(w)', null],
    ['other operators', '(w)', '(w text_pattern_ops)', null],
    ['another collation', '(w)', '(w COLLATE "C")', null],
    ['other rows', '(v)', '(v) WHERE v > 5', null],
    ['another predicate', '(v) WHERE v > 6', '(v) WHERE v > 5', null],
    ['another expression', '(upper(w))', '(lower(w))', null],
    ['other nulls in a unique one', 'UNIQUE (v)', 'UNIQUE (v) NULLS NOT DISTINCT', null],
    ['more included', '(v) INCLUDE (w)', '(v) INCLUDE (x)', null],
    ['the beginning of a hash', 'USING hash (v)', '(v)', null],
    ['a unique beginning', '(v, w)', 'UNIQUE (v)', null],
    [
      'other options of the operators',
      'USING gist (p gist_trgm (siglen = 16))',
      'USING gist (p gist_trgm)',
      null,
    ],
  ])('doubled or not: %s', async (_what, one, other, expected) => {
    const make = (name: string, text: string) =>
      `CREATE ${text.startsWith('UNIQUE') ? 'UNIQUE ' : ''}INDEX ${name} ON twins ${text.replace('UNIQUE ', '')}`.replace(
        'gist_trgm',
        'tsvector_ops',
      );
    await stage.owner.query(
      /* sql */ `DROP TABLE IF EXISTS twins; CREATE TABLE twins (v integer, w text, x integer, p tsvector)`,
    );
    await stage.owner.query(make('a', one));
    await stage.owner.query(make('b', other));
    const doubled = (await spare()).filter(
      ({ doubledBy, tableName }) => doubledBy !== null && tableName === 'public.twins',
    );
    const wanted = expected === null ? [] : expected === 'a of b' ? [['a', 'public.b']] : [['b', 'public.a']];
    expect(doubled.map(({ name, doubledBy }) => [name, doubledBy])).toEqual(wanted);
    const isShorter = one.startsWith('(v, w)') || (one.includes('INCLUDE') && !other.includes('INCLUDE'));
    for (const index of doubled) expect(index.isBeginning).toBe(isShorter);
  });
});
