import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareWithExport } from '../../../../../functions/restore-drill/questions/compare-with-export.ts';
import { constraints } from '../../../../../functions/restore-drill/questions/constraints.ts';
import { rowCounts } from '../../../../../functions/restore-drill/questions/row-counts.ts';
import { sequences } from '../../../../../functions/restore-drill/questions/sequences.ts';
import type { RowBounds } from '../../../../../shared/postgres/row-bounds.ts';
import { type AskingChange, type DrillCluster, foundAfter, startDrillCluster } from './drill-cluster.ts';
import { exportOf } from './exported.ts';

let cluster: DrillCluster;

beforeAll(async () => {
  cluster = await startDrillCluster();
});
afterAll(() => cluster?.stop());

describe('row counts', () => {
  const patients: RowBounds = {
    schema: 'public',
    table: 'patients',
    atLeast: '20',
    atMost: '20',
    basis: 'counted',
  };
  const ask = (
    damage: string,
    bounds: RowBounds[] | null,
    lastDrill: AskingChange['baseline'] = { bounds, lastDrill: null },
  ) => foundAfter(cluster, damage, rowCounts, { baseline: lastDrill });

  test('a missing table, an empty one, and rows too few and too many', async () => {
    const gone = { ...patients, table: 'gone' };
    expect(await ask('', [patients, gone])).toContain(
      'fail: The table public.gone was there before and after the snapshot, and is not in the restored database.',
    );
    expect(await ask('DELETE FROM patients', [patients])).toContain(
      'fail: public.patients is empty: 20 fewer than it can have had when the snapshot was taken.',
    );
    expect(await ask('DELETE FROM patients WHERE id <= 3', [patients])).toContain(
      'fail: public.patients has 17 rows: 3 fewer than it can have had when the snapshot was taken.',
    );
    expect(await ask('', [{ ...patients, atLeast: '3', atMost: '19' }])).toContain(
      'fail: public.patients has 20 rows: 1 more than it can have had when the snapshot was taken.',
    );
  });

  test('without bounds, a large change since the last drill is a warning; without either there is no baseline', async () => {
    const last = [
      { table: 'public.audit_log', rows: 5_000 },
      { table: 'public.gone', rows: 1 },
    ];
    expect(await ask('', null, { bounds: null, lastDrill: last })).toEqual([
      'warn: The table public.gone was there in the last drill, and is not now.',
      'warn: public.audit_log has 1,000 rows; in the last drill it had 5,000 rows.',
      expect.stringMatching(/^pass: \d+ tables/),
    ]);
    expect(await ask('', null)).toEqual([
      expect.stringMatching(/^no baseline: \d+ tables .* nothing yet to hold this against/),
    ]);
  });

  test('rows are read from the table and not counted in an index; partitions and tables that inherit, each by itself', async () => {
    const answer = await rowCounts.ask(cluster.asking('demo'));
    const rows = Object.fromEntries((answer.counts ?? []).map(({ table, rows: count }) => [table, count]));
    const parent = await cluster.asOwner('demo', (client) =>
      client.query<{ n: number }>('SELECT count(*)::int AS n FROM ONLY oddities.parent'),
    );
    expect(rows['oddities.parent']).toBe(parent.rows[0]?.n);
    expect(rows).not.toHaveProperty(['oddities.by_month']);
    expect(rows).toHaveProperty(['oddities.by_month_2026_01']);
    expect(rows).toHaveProperty(['public.mv_monthly_costs']);
  });

  test('a type without a binary form is read as text, and a column of the name that the query uses', async () => {
    const odd =
      "CREATE TABLE odd (t aclitem, u text); INSERT INTO odd VALUES (makeaclitem(10, 10, 'SELECT', false), 'x')";
    expect(await ask(odd, [{ ...patients, table: 'odd', atLeast: '1', atMost: '1' }])).toEqual([
      expect.stringMatching(/^pass: \d+ tables/),
    ]);
  });
});

describe('sequences', () => {
  test('a text that is made from a sequence is no number, and no fault', async () => {
    const coded = `CREATE SEQUENCE codes; CREATE TABLE coded (id varchar(20) PRIMARY KEY DEFAULT 'u' || nextval('codes')); ALTER SEQUENCE codes OWNED BY coded.id; INSERT INTO coded DEFAULT VALUES`;
    expect(await foundAfter(cluster, coded, sequences)).toEqual([
      'pass: 11 of 11 sequences are ahead of their columns.',
    ]);
  });

  test('one that is behind its column, of a serial and of an identity', async () => {
    const found = await foundAfter(
      cluster,
      `SELECT setval('users_id_seq', 1); ALTER TABLE query_performance_log ALTER id RESTART WITH 1`,
      sequences,
      {},
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^fail: The sequence public\.query_performance_log_id_seq is behind public\.query_performance_log\.id: /,
      ),
      expect.stringMatching(
        /^fail: The sequence public\.users_id_seq is behind public\.users\.id: its next value lies \d+ short/,
      ),
      'pass: 9 of 11 sequences are ahead of their columns.',
    ]);
  });

  test('one that a default uses and no column owns, also by several tables; not where the default computes', async () => {
    const shared = `CREATE SEQUENCE "it's shared";
      CREATE TABLE ones (id bigint PRIMARY KEY DEFAULT nextval('"it''s shared"'));
      CREATE TABLE others (id integer PRIMARY KEY DEFAULT nextval('"it''s shared"'));
      CREATE TABLE tens (id bigint PRIMARY KEY DEFAULT nextval('"it''s shared"') * 10);
      INSERT INTO ones VALUES (3); INSERT INTO others VALUES (7); INSERT INTO tens VALUES (70);`;
    expect(await foundAfter(cluster, `${shared} SELECT setval('"it''s shared"', 7)`, sequences)).toEqual([
      'pass: 12 of 12 sequences are ahead of their columns.',
    ]);
    expect(await foundAfter(cluster, `${shared} SELECT setval('"it''s shared"', 3)`, sequences)).toEqual([
      `fail: The sequence public."it's shared" is behind public.others.id: its next value lies 4 short of a free one, and an INSERT will fail.`,
      'pass: 11 of 12 sequences are ahead of their columns.',
    ]);
  });

  test('the next value counts, not the last: one that was never used may start at the greatest plus one', async () => {
    const table = (start: number) =>
      `CREATE TABLE numbered (id integer PRIMARY KEY, down bigint); INSERT INTO numbered VALUES (7, -7);
       CREATE SEQUENCE up START ${start} OWNED BY numbered.id; CREATE SEQUENCE down START -${start} INCREMENT -1 MAXVALUE -1 OWNED BY numbered.down`;
    expect(await foundAfter(cluster, table(8), sequences)).toEqual([
      'pass: 13 of 13 sequences are ahead of their columns.',
    ]);
    expect(await foundAfter(cluster, table(7), sequences)).toEqual([
      'fail: The sequence public.up is behind public.numbered.id: its next value lies 1 short of a free one, and an INSERT will fail.',
      // No constraint keeps the column from holding a value twice.
      'warn: The sequence public.down is behind public.numbered.down: its next value lies 1 short of a free one.',
      'pass: 11 of 13 sequences are ahead of their columns.',
    ]);
  });
});

describe('constraints', () => {
  const ask = (damage: string, table: string) =>
    foundAfter(cluster, damage, constraints, { questions: { revalidate: [table] } });

  test('a row whose referenced row is gone, also where several columns refer', async () => {
    expect(
      await ask(
        'INSERT INTO medications (patient_id, name, dose_mg, started_on) VALUES (-1, $$x$$, 1, now())',
        'public.medications',
      ),
    ).toEqual([
      'fail: 1 row of public.medications breaks the foreign key medications_patient_id_fkey to public.patients.',
    ]);
    const pairs = `
      CREATE TABLE pairs (a integer, b text, PRIMARY KEY (a, b)); INSERT INTO pairs VALUES (1, 'x');
      CREATE TABLE simple (a integer, b text, FOREIGN KEY (a, b) REFERENCES pairs);
      CREATE TABLE strict (a integer, b text, FOREIGN KEY (a, b) REFERENCES pairs MATCH FULL) PARTITION BY LIST (b);
      CREATE TABLE strict_rest PARTITION OF strict DEFAULT;
      INSERT INTO simple VALUES (1, 'x'), (1, NULL), (2, NULL), (NULL, NULL), (1, 'y'), (2, 'x');
      INSERT INTO strict VALUES (1, 'x'), (1, NULL), (NULL, 'x'), (NULL, NULL), (2, 'x');
      GRANT SELECT ON ALL TABLES IN SCHEMA public TO nightshift;`;
    expect(await ask(pairs, 'public.simple')).toEqual([
      'fail: 2 rows of public.simple break the foreign key simple_a_b_fkey to public.pairs.',
    ]);
    expect(await ask(pairs, 'public.strict')).toEqual([
      'fail: 3 rows of public.strict break the foreign key strict_a_b_fkey to public.pairs.',
    ]);
  });

  test('a NULL where none may be, which Postgres itself would not look for any more', async () => {
    const hidden = `
      ALTER TABLE users ALTER full_name DROP NOT NULL; UPDATE users SET full_name = NULL WHERE id <= 2;
      UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'users'::regclass AND attname = 'full_name'`;
    expect(await ask(hidden, 'public.users')).toEqual([
      'fail: 2 rows of public.users break NOT NULL of full_name.',
    ]);
  });

  test('a CHECK that rows break; one that is NOT VALID promises nothing', async () => {
    const broken = `
      UPDATE pg_constraint SET convalidated = false WHERE conname = 'reports_format_check';
      ALTER TABLE reports DROP CONSTRAINT reports_format_check; UPDATE reports SET format = 'doc' WHERE id = (SELECT min(id::text)::uuid FROM reports);
      ALTER TABLE reports ADD CONSTRAINT only_known CHECK (format IN ('pdf', 'csv')) NOT VALID;`;
    expect(await ask(broken, 'public.reports')).toEqual([expect.stringMatching(/^pass: /)]);
    const validated = `${broken} UPDATE pg_constraint SET convalidated = true WHERE conname = 'only_known'`;
    expect(await ask(validated, 'public.reports')).toEqual([
      'fail: 1 row of public.reports breaks the CHECK only_known.',
    ]);
  });
});

describe('compare with export', () => {
  const table = 'public.patients';
  const ask = async (damage: string, tables = [table]) => {
    const original = exportOf(cluster, 'demo');
    return foundAfter(cluster, damage, compareWithExport, {
      questions: { compareWithExport: tables },
      exported: original,
    });
  };

  test('a changed row, a missing one and one too many, each named by its key', async () => {
    expect(await ask(`UPDATE patients SET phone = '1' WHERE id = 5`)).toEqual([
      'fail: public.patients is not the same in the restored database (20 rows) and in the export (20 rows): 1 row only in the first, 1 row only in the second. The first that is only in the restored database: id = 5.',
    ]);
    expect(await ask('DELETE FROM patients WHERE id = 5')).toEqual([
      'fail: public.patients is not the same in the restored database (19 rows) and in the export (20 rows): 0 rows only in the first, 1 row only in the second.',
    ]);
    expect(
      await ask(
        'UPDATE patients SET email = NULL WHERE id = 6; UPDATE patients SET address = $$$$ WHERE id = 7',
      ),
    ).toEqual([expect.stringMatching(/2 rows only in the first, 2 rows only in the second\. .*: id = 6\.$/)]);
  });

  test('a row twice instead of another counts as a difference', async () => {
    const twice =
      'DELETE FROM oddities.no_key; INSERT INTO oddities.no_key SELECT 1, $$x$$ FROM generate_series(1, 3)';
    expect(await ask(twice, ['oddities.no_key'])).toEqual([
      expect.stringMatching(/^fail: oddities\.no_key is not the same/),
    ]);
  });

  test('a table that the export does not hold, and no export at all', async () => {
    expect(await ask('CREATE TABLE later ()', ['public.later'])).toEqual([
      'warn: The export of this snapshot does not hold public.later.',
    ]);
    expect(
      await foundAfter(cluster, '', compareWithExport, { questions: { compareWithExport: [table] } }),
    ).toEqual(['no baseline: There is no export of what was restored to compare with.']);
  });

  test('an export that does not fit the table is told, and the next table is compared', async () => {
    const narrow = `ALTER TABLE users ALTER email TYPE varchar(255) USING email, ALTER id TYPE uuid USING gen_random_uuid()`;
    const found = await ask(
      `ALTER TABLE users DISABLE TRIGGER ALL; ${dropReferences('users')} ALTER TABLE users ALTER id DROP DEFAULT; ${narrow}`,
      ['public.users', table],
    );
    expect(found).toEqual([
      expect.stringMatching(
        /^fail: Comparing public\.users with its export failed: Postgres answered 22P02: its words are left out/,
      ),
      expect.stringMatching(/^pass: public\.patients holds the same 20 rows/),
    ]);
  });
});

const dropReferences = (table: string) => `
  DO $$ DECLARE k record; BEGIN
    FOR k IN SELECT conname, conrelid::regclass AS t FROM pg_constraint WHERE confrelid = '${table}'::regclass LOOP
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', k.t, k.conname);
    END LOOP;
  END $$;`;
