import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { startViewStage, type ViewStage } from '../../../support/view-shifts.ts';

const nothing = { readsAlso: {}, dependsOnClock: {} };

describe.each([15, 18] as const)(
  'views over tables of another database, by postgres_fdw, on Postgres %i',
  (major) => {
    let stage: ViewStage;
    beforeAll(async () => {
      stage = await startViewStage(major);
      const { user = '', password, port } = stage.owner;
      const options = `host '127.0.0.1', port '${port}', dbname 'postgres', sslmode 'require'`;
      await stage.sql(`CREATE EXTENSION postgres_fdw;
      CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (${options});
      CREATE USER MAPPING FOR PUBLIC SERVER loop OPTIONS (user '${user}', password '${password}');
      GRANT USAGE ON FOREIGN SERVER loop TO nightshift;
      CREATE FOREIGN TABLE far (id int, amount int) SERVER loop OPTIONS (schema_name 'public', table_name 'real');
      CREATE TABLE parts (id int, amount int) PARTITION BY RANGE (id);
      CREATE TABLE near_part PARTITION OF parts FOR VALUES FROM (0) TO (100);
      CREATE FOREIGN TABLE far_part PARTITION OF parts FOR VALUES FROM (100) TO (200) SERVER loop
        OPTIONS (schema_name 'public', table_name 'real');
      CREATE TABLE here (id int, amount int); INSERT INTO here VALUES (1, 1);
      GRANT SELECT ON far, parts, here TO nightshift`);
      await inOther(
        stage,
        'CREATE TABLE public.real (id int, amount int); INSERT INTO public.real VALUES (101, 5)',
      );
      await stage.sql(`SET ROLE nightshift; SET search_path = public;
      CREATE MATERIALIZED VIEW over_far AS SELECT id, sum(amount) AS amount FROM far GROUP BY id;
      CREATE UNIQUE INDEX ON over_far (id);
      CREATE MATERIALIZED VIEW over_parts AS SELECT id, sum(amount) AS amount FROM parts GROUP BY id;
      CREATE UNIQUE INDEX ON over_parts (id);
      CREATE MATERIALIZED VIEW over_here AS SELECT id, amount FROM here; CREATE UNIQUE INDEX ON over_here (id);
      CREATE MATERIALIZED VIEW on_far AS SELECT sum(amount) AS amount FROM over_far; CREATE UNIQUE INDEX ON on_far (amount)`);
    }, 60_000);
    afterAll(() => stage?.stop());

    test('are told from others, each with its reason', async () => {
      const { views } = await readGraph(stage.owner, nothing);
      expect(Object.fromEntries(views.map(({ name, alwaysBecause }) => [name, alwaysBecause]))).toEqual({
        over_far: 'it reads the foreign table public.far, whose changes are not seen here',
        over_parts: 'public.parts has the foreign table far_part among its partitions or children',
        over_here: null,
        on_far: null,
      });
    });

    test('are refreshed every time, and hold what is there', async () => {
      // To see what is skipped, sessions have to be waited for; once is enough.
      const settings = { settleSeconds: major === 15 ? 30 : 0 };
      const first = await stage.shift('first', { settings });
      expect(first.names).toMatchObject({ failed: {}, left: [] });
      expect(first.names.refreshed).toEqual(['on_far', 'over_far', 'over_here', 'over_parts']);
      await inOther(stage, 'UPDATE public.real SET amount = 7; INSERT INTO public.real VALUES (102, 1)');
      const second = await stage.shift('second', { settings });
      // What reads the foreign table through another view has that one's rows counted here.
      expect(second.names.refreshed).toEqual(expect.arrayContaining(['on_far', 'over_far', 'over_parts']));
      if (major === 15) expect(second.names.skipped).toEqual(['over_here']);
      const rows = 'SELECT id, amount::int FROM';
      const there = [
        { id: 101, amount: 7 },
        { id: 102, amount: 1 },
      ];
      expect(await stage.sql(`${rows} over_far ORDER BY id`)).toEqual(there);
      expect(await stage.sql(`${rows} over_parts ORDER BY id`)).toEqual(there);
      expect(await stage.sql('SELECT amount::int FROM on_far')).toEqual([{ amount: 8 }]);
    });

    test('fail with what the other side answers, and stop nobody else', async () => {
      await inOther(stage, 'ALTER TABLE public.real RENAME TO gone');
      const { names } = await stage.shift('gone', { force: true });
      expect(Object.keys(names.failed).sort()).toEqual(['over_far', 'over_parts']);
      expect(names.failed.over_far).toMatch(/42P01.*public\.real.*What it reads was dropped/);
      expect(names.refreshed).toEqual(['over_here']);
      expect(await stage.sql('SELECT id FROM over_far')).toHaveLength(2);
    });
  },
);

/** In the other database, which is of the same server. */
async function inOther(stage: ViewStage, text: string): Promise<void> {
  const client = await stage.connect('postgres');
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
