import type { Client } from 'pg';
import { readGraph } from '../../../functions/matview-refresh/read-graph.ts';
import type { RefreshedView } from '../../../functions/matview-refresh/refresh-view.ts';
import { viewNames } from './schema.ts';

/** By name; whatever the graph thinks of their functions, none of them depends on the clock. */
export async function readJudgedViews(client: Client): Promise<Map<string, RefreshedView>> {
  const dependsOnClock = Object.fromEntries(viewNames.map((name) => [`public.${name}`, false]));
  const { views } = await readGraph(client, { readsAlso: {}, dependsOnClock });
  return new Map(views.map((view) => [view.name, view]));
}
