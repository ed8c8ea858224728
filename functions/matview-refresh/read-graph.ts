import type { Client } from 'pg';
import { parseTableName } from '../../shared/config/table-name.ts';
import { assembleGraph, type GraphOptions } from './assemble-graph.ts';
import { readDefinitions } from './definition-sql.ts';
import type { ViewGraph } from './graph.ts';
import { suitableIndex } from './judge-view.ts';
import { readFunctions, readRelationNames, readTypes } from './named-facts-sql.ts';
import { readTrees, readViewFacts, type ViewFact } from './view-facts-sql.ts';
import { keyOf } from './view-key.ts';
import { calledBy } from './volatility.ts';

export type { GraphOptions } from './assemble-graph.ts';

/**
 * All materialized views of a database, with what each reads, by a fixed number of queries. ConfigError where
 * `readsAlso` names what is not there, or has views read each other in a circle.
 */
export async function readGraph(client: Client, options: GraphOptions): Promise<ViewGraph> {
  const views = await readViewFacts(client);
  const declared = Object.values(options.readsAlso).flatMap((names) =>
    names.flatMap((name) => parseTableName(name) ?? []),
  );
  const first = await readRelationNames(client, [], declared);
  const declaredViews = first.filter(({ kind, ofSystem }) => kind === 'v' && !ofSystem);
  const definitions = await readDefinitions(
    client,
    declaredViews.map(({ id }) => id),
  );
  const named = definitions.flatMap(({ view, relations }) => [
    ...(view === null ? [] : [view]),
    ...relations,
  ]);
  const relations = await readRelationNames(client, [...new Set(named)], declared);
  const functions = await readFunctions(client, calledBy(definitions));
  const types = await readTypes(client, [
    ...new Set(definitions.flatMap((part) => [...part.types, ...part.readAs])),
  ]);
  return assembleGraph(
    {
      views,
      definitions,
      relations: byId(relations),
      functions: byId(functions),
      types: byId(types),
      keys: await readKeys(client, views),
    },
    options,
  );
}

async function readKeys(client: Client, views: readonly ViewFact[]): Promise<Map<string, string[]>> {
  const keys = new Map<string, string[]>();
  const without = views.filter(({ indexes }) => suitableIndex(indexes) === null).map(({ id }) => id);
  await readTrees(client, without, (id, tree) => {
    const key = keyOf(tree);
    if (key) keys.set(id, key);
  });
  return keys;
}

const byId = <Fact extends { readonly id: string }>(facts: readonly Fact[]): Map<string, Fact> =>
  new Map(facts.map((fact) => [fact.id, fact]));
