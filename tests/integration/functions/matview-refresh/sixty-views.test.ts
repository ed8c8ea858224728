import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formatTableName } from '../../../../shared/config/table-name.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';
import { type MadeGraph, makeViewGraph } from '../../../support/view-graphs.ts';
import { startViewStage, type ViewStage } from '../../../support/view-shifts.ts';

const seed = 20_260_102;
let stage: ViewStage;
let graph: MadeGraph;
beforeAll(async () => {
  stage = await startViewStage(15);
  // Who owns them is not in question here.
  await stage.sql('ALTER ROLE nightshift SUPERUSER');
  const maker = await stage.connect();
  graph = await makeViewGraph(maker, { views: 60, levels: 8, seed });
  await maker.end();
});
afterAll(() => stage?.stop());

/** Names, as the graph spells them, of what a shift came to. */
async function shift(slot: string): Promise<Record<'refreshed' | 'skipped', string[]>> {
  const { refreshed, skipped, failed, left } = await stage.shift(slot, { settings: { settleSeconds: 30 } });
  expect([failed, left]).toEqual([{}, {}]);
  const rows = await stage.sql<{ id: string; schema: string; name: string }>(
    `SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm'`,
  );
  const names = new Map(rows.map((row) => [row.id, formatTableName(row)]));
  const named = (ids: readonly string[]) => ids.map((id) => names.get(id) ?? id).sort();
  return { refreshed: named(refreshed), skipped: named(skipped) };
}

/** By the model of the generator: the views that read a table, and those that read them. */
function reachedBy(table: string): string[] {
  const reached = new Set([table]);
  for (const { spelled, reads } of graph.views)
    if (reads.some((read) => reached.has(read))) reached.add(spelled);
  reached.delete(table);
  return [...reached].sort();
}

async function differing(): Promise<string[]> {
  const found: string[] = [];
  for (const { schema, name, spelled } of graph.views) {
    const view = quoteName(schema, name);
    const [row] = await stage.sql<{ definition: string }>(
      `SELECT pg_get_viewdef(c.oid) AS definition FROM pg_class c WHERE c.oid = $name$${view}$name$::regclass`,
    );
    const query = row?.definition.replace(/;\s*$/, '') ?? '';
    const differs = await stage.sql(
      `SELECT 1 FROM ((TABLE ${view} EXCEPT ALL (${query})) UNION ALL ((${query}) EXCEPT ALL TABLE ${view})) AS differing LIMIT 1`,
    );
    if (differs.length > 0) found.push(spelled);
  }
  return found;
}

const always = () => graph.views.filter(({ isAlways }) => isAlways).map(({ spelled }) => spelled);

test(
  'sixty views in eight levels: all at first, and then what hangs on a changed table, and no other',
  async () => {
    const all = graph.views.map(({ spelled }) => spelled).sort();
    expect(await shift('first')).toEqual({ refreshed: all, skipped: [] });
    expect(await differing()).toEqual([]);
    const stirred = new Set(always());
    expect((await shift('unchanged')).refreshed.filter((view) => !stirred.has(view))).toEqual([]);
    for (const [at, { spelled, insert }] of graph.tables.slice(0, rounds(2, 20)).entries()) {
      await stage.sql(`${insert} VALUES (${100_000 + at}, 7)`);
      const reached = new Set([...reachedBy(spelled), ...always()]);
      const { refreshed, skipped } = await shift(`change-${at}`);
      // A refresh that changed nothing has nothing to pass on: no more than what hangs on the table, and it may be fewer.
      expect(refreshed.filter((view) => !reached.has(view))).toEqual([]);
      expect(refreshed.length).toBeGreaterThan(0);
      expect(refreshed.length + skipped.length).toBe(all.length);
      expect(await differing()).toEqual([]);
    }
  },
  Math.max(patienceMs, 120_000),
);
