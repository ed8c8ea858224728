import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import {
  ancestorsOf,
  descendantsOf,
  inOrder,
  levelsOf,
  type ViewGraph,
} from '../../../../functions/matview-refresh/graph.ts';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { formatTableName } from '../../../../shared/config/table-name.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';
import { type MadeGraph, type MadeView, makeViewGraph } from '../../../support/view-graphs.ts';

const nothing = { readsAlso: {}, dependsOnClock: {} };

/** What the model says of reads, from a view up or down, without the code under test. */
function closure(views: readonly MadeView[], from: string, direction: 'up' | 'down'): string[] {
  const next = (name: string) =>
    direction === 'up'
      ? (views.find(({ spelled }) => spelled === name)?.reads ?? [])
      : views.filter(({ reads }) => reads.includes(name)).map(({ spelled }) => spelled);
  const found = new Set<string>(next(from));
  for (const name of found) for (const more of next(name)) found.add(more);
  const isView = new Set(views.map(({ spelled }) => spelled));
  return [...found].filter((name) => isView.has(name)).toSorted();
}

function spelledOf({ views, names }: ViewGraph, ids: Iterable<string>): string[] {
  const known = new Map(views.map((view) => [view.id, formatTableName(view)]));
  return [...ids].map((id) => known.get(id) ?? names[id] ?? `unknown ${id}`).toSorted();
}

describe.each([15, 18] as const)('the graph of materialized views on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;
  let databases = 0;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
  }, 60_000);
  afterAll(async () => cluster.stop());

  async function inDatabase<T>(use: (client: Client) => Promise<T>): Promise<T> {
    databases += 1;
    await cluster.createDatabase(`graph_${databases}`);
    const client = new Client(cluster.config(`graph_${databases}`));
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  function expectModel(graph: ViewGraph, made: MadeGraph): void {
    const nodes = new Map(graph.views.map((view) => [formatTableName(view), view]));
    expect([...nodes.keys()].toSorted()).toEqual(made.views.map(({ spelled }) => spelled).toSorted());
    const placed = inOrder(graph).map(formatTableName);
    const levels = levelsOf(graph).map((level) => level.map(formatTableName));
    expect(placed).toHaveLength(made.views.length);
    for (const view of made.views) {
      const node = nodes.get(view.spelled);
      if (!node) throw new Error(`no ${view.spelled}`);
      expect(spelledOf(graph, node.reads)).toEqual(view.reads);
      expect({ view: view.spelled, always: node.alwaysBecause !== null }).toEqual({
        view: view.spelled,
        always: view.isAlways,
      });
      expect(spelledOf(graph, ancestorsOf(graph, node.id))).toEqual(closure(made.views, view.spelled, 'up'));
      expect(spelledOf(graph, descendantsOf(graph, node.id))).toEqual(
        closure(made.views, view.spelled, 'down'),
      );
      expect(levels[view.level - 1]).toContain(view.spelled);
      for (const read of view.reads) {
        expect(placed.indexOf(read)).toBeLessThan(placed.indexOf(view.spelled));
      }
      expect(node).toMatchObject({ populated: true, mayRefresh: true, suggestedIndex: null });
      expect(node.uniqueIndex).not.toBeNull();
    }
  }

  test(
    'is what the model says, for random graphs of 60 views in 8 levels',
    async () => {
      for (let round = 1; round <= rounds(2, 40); round += 1) {
        const seed = round * 7_919 + major;
        await inDatabase(async (client) => {
          const made = await makeViewGraph(client, { views: 60, levels: 8, seed, withUnseen: true });
          const graph = await readGraph(client, nothing);
          try {
            expectModel(graph, made);
            expect(made.views.some(({ isAlways }) => isAlways)).toBe(true);
            expect(made.views.some(({ hiddenReads }) => hiddenReads.length > 0)).toBe(true);
          } catch (error) {
            throw new Error(`seed ${seed}`, { cause: error });
          }
        });
      }
    },
    patienceMs,
  );

  test('takes a function at its word that the config declares', async () => {
    await inDatabase(async (client) => {
      await client.query(/* sql */ `
        CREATE TABLE hidden (id int);
        CREATE FUNCTION unseen() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.hidden';
        CREATE MATERIALIZED VIEW "By Function" AS SELECT unseen();
        CREATE MATERIALIZED VIEW on_top AS SELECT 1 AS one;
        CREATE VIEW between AS SELECT * FROM hidden`);
      const undeclared = await readGraph(client, nothing);
      expect(undeclared.views[0]?.alwaysBecause).toContain('public.unseen(), which is STABLE');
      const declared = await readGraph(client, {
        readsAlso: { 'public."By Function"': ['public.between'], 'public.on_top': ['public."By Function"'] },
        dependsOnClock: {},
      });
      const [byFunction, onTop] = declared.views;
      expect(byFunction?.alwaysBecause).toBeNull();
      expect(spelledOf(declared, byFunction?.reads ?? [])).toEqual(['public.hidden']);
      expect(inOrder(declared).map(({ name }) => name)).toEqual(['By Function', 'on_top']);
      expect(onTop?.reads).toEqual([byFunction?.id]);
      // Through a plain view that no materialized view reads by itself.
      expect(byFunction?.definitionIds.rules).toHaveLength(2);
    });
  });

  test('refuses a name that it does not know, and a circle that the config closes', async () => {
    await inDatabase(async (client) => {
      await client.query(/* sql */ `
        CREATE MATERIALIZED VIEW first AS SELECT 1 AS one;
        CREATE MATERIALIZED VIEW second AS SELECT * FROM first;
        CREATE MATERIALIZED VIEW third AS SELECT * FROM second`);
      const also = (readsAlso: Record<string, string[]>) => readGraph(client, { ...nothing, readsAlso });
      await expect(also({ 'public.first': ['public.nowhere', 'public.second_'] })).rejects.toThrow(
        '"readsAlso" names what the database does not have: public.nowhere (of public.first), public.second_ (of public.first).',
      );
      await expect(also({ 'public.first': ['public.second'] })).rejects.toThrow(
        /in a circle: public\.(first|second) reads public\.(first|second) reads/,
      );
      await expect(also({ 'public.first': ['public.first'] })).rejects.toThrow(
        'in a circle: public.first reads public.first.',
      );
    });
  });

  test('says by which statement a role comes to refresh a view, and it does', async () => {
    await inDatabase(async (client) => {
      const [mighty, keeper, crew] = ['mighty', 'Keeper "1"', 'crew'].map((name) => `${name} ${databases}`);
      const quoted = (name = '') => client.escapeIdentifier(name);
      await client.query(/* sql */ `
        CREATE ROLE ${quoted(mighty)} SUPERUSER; CREATE ROLE ${quoted(keeper)}; CREATE ROLE ${quoted(crew)};
        CREATE SCHEMA away;
        CREATE TABLE away.base (id int); GRANT ALL ON away.base TO PUBLIC;
        CREATE MATERIALIZED VIEW away.of_mighty AS SELECT * FROM away.base;
        CREATE MATERIALIZED VIEW away.of_keeper AS SELECT * FROM away.base;
        GRANT USAGE, CREATE ON SCHEMA away TO ${quoted(keeper)};
        ALTER MATERIALIZED VIEW away.of_mighty OWNER TO ${quoted(mighty)};
        ALTER MATERIALIZED VIEW away.of_keeper OWNER TO ${quoted(keeper)}`);
      const look = async () => {
        await client.query(`SET ROLE ${quoted(crew)}`);
        const { views } = await readGraph(client, nothing);
        return views;
      };
      const before = await look();
      expect(before.map(({ mayRefresh }) => mayRefresh)).toEqual([false, false]);
      await client.query('RESET ROLE');
      for (const { mendOwnership } of before) await client.query(mendOwnership ?? '');
      // A new owner must read the table itself, and may create in the schema.
      expect((await look()).map(({ mendOwnership }) => mendOwnership)).toEqual([null, null]);
      await client.query(
        'REFRESH MATERIALIZED VIEW away.of_keeper; REFRESH MATERIALIZED VIEW away.of_mighty',
      );
      expect(before[0]?.mendOwnership).toContain(major === 15 ? 'GRANT "Keeper' : 'GRANT MAINTAIN ON "away"');
      expect(before[1]?.mendOwnership).toContain(
        major === 15 ? 'OWNER TO "crew' : 'GRANT MAINTAIN ON "away"',
      );
      await client.query('RESET ROLE');
    });
  });

  test('suggests a unique index that CONCURRENTLY can use, where the definition tells its columns', async () => {
    await inDatabase(async (client) => {
      await client.query(/* sql */ `
        CREATE TABLE t (id int, "Day {1}" date, n int);
        INSERT INTO t VALUES (1, '2026-01-01', 1), (1, '2026-01-01', 2), (2, '2026-01-02', 3);
        CREATE MATERIALIZED VIEW a_grouped AS SELECT sum(n), "Day {1}", id AS "I) ""d""" FROM t GROUP BY id, "Day {1}";
        CREATE MATERIALIZED VIEW b_distinct AS SELECT DISTINCT id, n FROM t;
        CREATE MATERIALIZED VIEW c_unknown AS SELECT * FROM t;
        CREATE MATERIALIZED VIEW d_hidden_key AS SELECT sum(n) FROM t GROUP BY id;
        CREATE MATERIALIZED VIEW e_unfit AS SELECT id, "Day {1}" FROM t GROUP BY 1, 2;
        CREATE UNIQUE INDEX ON e_unfit (id, "Day {1}") WHERE id > 0;
        CREATE UNIQUE INDEX ON e_unfit ((id + 1), "Day {1}");
        CREATE INDEX ON e_unfit (id);
        CREATE MATERIALIZED VIEW f_series AS SELECT id, generate_series(1, 2) FROM t GROUP BY id;
        CREATE MATERIALIZED VIEW g_sets AS SELECT id, n, count(*) FROM t GROUP BY ROLLUP (id, n);
        CREATE MATERIALIZED VIEW h_inner AS SELECT id FROM (SELECT id, n FROM t GROUP BY id, n) s;
        CREATE MATERIALIZED VIEW i_empty AS SELECT id FROM t GROUP BY id WITH NO DATA`);
      const { views } = await readGraph(client, nothing);
      const suggested = Object.fromEntries(views.map(({ name, suggestedIndex }) => [name, suggestedIndex]));
      const placeholder = '/* put in the columns that are unique together */';
      const on = (name: string, columns: string) =>
        `CREATE UNIQUE INDEX CONCURRENTLY ON "public"."${name}" (${columns})`;
      expect(suggested).toEqual({
        a_grouped: on('a_grouped', '"I) ""d""", "Day {1}"'),
        b_distinct: on('b_distinct', '"id", "n"'),
        c_unknown: on('c_unknown', placeholder),
        d_hidden_key: on('d_hidden_key', placeholder),
        e_unfit: on('e_unfit', '"id", "Day {1}"'),
        f_series: on('f_series', placeholder),
        g_sets: on('g_sets', placeholder),
        h_inner: on('h_inner', placeholder),
        i_empty: on('i_empty', '"id"'),
      });
      expect(views.find(({ name }) => name === 'i_empty')?.populated).toBe(false);
      for (const name of ['a_grouped', 'b_distinct', 'e_unfit']) {
        await client.query(suggested[name] ?? '');
        await client.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${name}`);
      }
      const after = (await readGraph(client, nothing)).views;
      const found = after.filter(({ uniqueIndex }) => uniqueIndex !== null).map(({ name }) => name);
      expect(found).toEqual(['a_grouped', 'b_distinct', 'e_unfit']);
    });
  });

  test('is read while somebody holds views locked, without waiting for them', async () => {
    await inDatabase(async (client) => {
      await client.query(
        'CREATE MATERIALIZED VIEW busy AS SELECT generate_series(1, 5000) AS n; ANALYZE busy',
      );
      const other = new Client(cluster.config(`graph_${databases}`));
      await other.connect();
      await other.query('BEGIN; LOCK TABLE busy IN ACCESS EXCLUSIVE MODE').catch(async () => {
        await other.query('ROLLBACK; BEGIN; REFRESH MATERIALIZED VIEW busy');
      });
      await client.query("SET lock_timeout = '1s'");
      const { views } = await readGraph(client, nothing);
      await other.end();
      expect(views[0]?.bytes).toBeGreaterThan(100_000);
    });
  });
});
