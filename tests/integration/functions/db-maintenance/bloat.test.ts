import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readIndexes } from '../../../../functions/db-maintenance/read-indexes.ts';
import { readServer } from '../../../../functions/db-maintenance/read-server.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const bloat = { percent: 20, minMiB: 0.01, measureMiB: 1_000 };
const off = 'WITH (autovacuum_enabled = false)';

/** Tables and indexes of each kind that an estimate may go wrong on; those of `thinned` are bloated. */
const statements = [
  `CREATE TABLE mixed (id int, a smallint, b bigint, u uuid, t text, seldom int, few int, long text, n numeric, gone timestamptz) ${off}`,
  `INSERT INTO mixed SELECT g, g % 7, g, md5(g::text)::uuid, repeat('k', 1 + (g * 7919) % 24) || g, CASE WHEN g % 50 = 0 THEN g END,
     g % 10, repeat(md5(g::text), 14), g * 1.37, CASE WHEN g % 20 = 0 THEN now() END FROM generate_series(1, 20000) g`,
  'CREATE INDEX one_int ON mixed (id)',
  'CREATE INDEX padded ON mixed (a, b, a, id)',
  'CREATE INDEX one_uuid ON mixed (u)',
  'CREATE INDEX one_text ON mixed (t)',
  'CREATE INDEX mostly_null ON mixed (seldom)',
  'CREATE INDEX equal_values ON mixed (few)',
  'CREATE INDEX long_values ON mixed (long)',
  'CREATE INDEX numbers ON mixed (n)',
  'CREATE INDEX partial_nulls ON mixed (gone, id) WHERE gone IS NOT NULL',
  'CREATE INDEX partial_long ON mixed (t) WHERE length(t) > 22',
  'CREATE INDEX expression ON mixed (lower(t))',
  'CREATE INDEX loose ON mixed (id) WITH (fillfactor = 60)',
  'CREATE INDEX included ON mixed (id) INCLUDE (t)',
  'ANALYZE mixed',
  `CREATE TABLE grown (id int, t text) ${off}`,
  `INSERT INTO grown SELECT g, 'x' || g FROM generate_series(1, 2000) g`,
  'CREATE INDEX grown_id ON grown (id)',
  'VACUUM ANALYZE grown',
  `INSERT INTO grown SELECT g, 'x' || g FROM generate_series(2001, 40000) g`,
  `CREATE TABLE refilled (id int) ${off}`,
  'INSERT INTO refilled SELECT generate_series(1, 40000)',
  'CREATE INDEX refilled_id ON refilled (id)',
  'DELETE FROM refilled WHERE id % 4 <> 0',
  'VACUUM ANALYZE refilled',
  'INSERT INTO refilled SELECT g FROM generate_series(1, 40000) g WHERE g % 4 <> 0',
  `CREATE TABLE pointers (w text) ${off}`,
  `INSERT INTO pointers SELECT string_agg(md5(g::text || k), '') FROM generate_series(1, 300) g, generate_series(1, 80) k GROUP BY g`,
  'CREATE INDEX pointed_at ON pointers (w)',
  'VACUUM ANALYZE pointers',
  `CREATE TABLE thinned (id int, t text) ${off}`,
  `INSERT INTO thinned SELECT g, 'x' || g FROM generate_series(1, 40000) g`,
  'CREATE INDEX thinned_id ON thinned (id)',
  'CREATE INDEX thinned_t ON thinned (t)',
  'DELETE FROM thinned WHERE id % 3 <> 0',
  'VACUUM ANALYZE thinned',
];

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    // Each by itself, for VACUUM's sake, and counted before the next.
    for (const statement of statements) {
      await stage.owner.query('SELECT pg_stat_force_next_flush()');
      await stage.owner.query(statement);
    }
    await stage.owner.query('SELECT pg_stat_force_next_flush()');
  });
  afterAll(() => stage?.stop());

  const read = (how: 'measured' | 'estimated') =>
    stage.reach.connect(async (client) => {
      const server = await readServer(client);
      const measureSchema = how === 'measured' ? server.measureSchema : null;
      const measuring = { bloat, measured: new Map<string, number>(), until: Date.now() + 60_000 };
      const indexes = await readIndexes(
        client,
        { ...server, measureSchema },
        { only: null, leaveOut: [] },
        measuring,
      );
      return new Map(indexes.map(({ name, bloatPercent, bytes }) => [name, { bloatPercent, bytes }]));
    });

  test('the estimate calls nothing bloated that pgstattuple does not, and finds what is', async () => {
    const [measured, estimated] = [await read('measured'), await read('estimated')];
    const compared = [...measured].map(([name, { bloatPercent, bytes }]) => ({
      name,
      pages: bytes / 8_192,
      measured: bloatPercent ?? Number.NaN,
      estimated: estimated.get(name)?.bloatPercent ?? null,
    }));
    const lines = compared.map(
      (each) =>
        `${each.name} (${each.pages} pages): ${each.measured} % measured, ${each.estimated?.toFixed(1) ?? 'not'} estimated`,
    );
    process.stdout.write(`Empty parts of indexes, PostgreSQL ${major}:\n  ${lines.join('\n  ')}\n`);
    expect(compared.length).toBeGreaterThan(15);
    const wrong = compared.filter(
      (each) => each.measured <= bloat.percent && (each.estimated ?? 0) > bloat.percent,
    );
    expect(wrong).toEqual([]);
    const found = compared.filter((each) => (each.estimated ?? 0) > bloat.percent).map(({ name }) => name);
    expect(found).toEqual(expect.arrayContaining(['thinned_id', 'thinned_t']));
    const unknown = compared.filter((each) => each.estimated === null).map(({ name }) => name);
    expect(unknown.sort()).toEqual(['partial_long', 'pointed_at']);
  });

  test('one that a new one is as empty as is built anew once in a run, and no more', async () => {
    // Two values fill a page as well as they can, and a tenth of all is empty.
    await stage.owner.query(/* sql */ `CREATE TABLE halves (w text COLLATE "C") ${off}; ALTER TABLE halves OWNER TO app;
      ALTER TABLE halves ALTER w SET STORAGE PLAIN;
      INSERT INTO halves SELECT left(string_agg(md5(g::text || k), ''), 2100) FROM generate_series(1, 200) g, generate_series(1, 70) k GROUP BY g;
      CREATE INDEX halves_w ON halves (w)`);
    const { outcomes, isLeft } = await stage.work(
      'indexes',
      { bloat: { percent: 5, minMiB: 0.1 } },
      { tables: ['public.halves'], untilMs: 5_000 },
    );
    expect(outcomes).toMatchObject([{ kind: 'rebuild index', target: 'public.halves_w', status: 'done' }]);
    expect(isLeft).toBe(false);
  });
});
