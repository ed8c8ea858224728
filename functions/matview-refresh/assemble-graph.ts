import { formatTableName, spellTableName } from '../../shared/config/table-name.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import type { Definition } from './definitions.ts';
import { circleIn, type ViewGraph, type ViewNode } from './graph.ts';
import { mendOwnership, suggestIndex, suitableIndex } from './judge-view.ts';
import type { RelationName } from './named-facts.ts';
import type { ViewFact } from './view-facts-sql.ts';
import { alwaysBecause, calledBy, type NamedFacts } from './volatility.ts';

/** What the config says of views, by their names. */
export interface GraphOptions {
  /** Relations that a view reads where Postgres records no dependency. */
  readonly readsAlso: Readonly<Record<string, readonly string[]>>;
  /** True has a view always refreshed, false never on account of its definition. */
  readonly dependsOnClock: Readonly<Record<string, boolean>>;
}

export interface GraphFacts extends NamedFacts {
  readonly views: readonly ViewFact[];
  readonly definitions: readonly Definition[];
  /** Columns that are unique together, by the view's oid, where that is known. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

/** Makes one graph of what was read. ConfigError where `readsAlso` names what is not there, or closes a circle. */
export function assembleGraph(facts: GraphFacts, options: GraphOptions): ViewGraph {
  const declared = declaredReads(facts, options);
  const clock = bySpelling(options.dependsOnClock);
  const walk = walker(facts);
  const views = facts.views.map((view) =>
    nodeOf(view, facts, walk(view.id, declared.get(view.id) ?? []), clock),
  );
  refuseCircle(views);
  const read = new Set(views.flatMap(({ reads }) => reads));
  const names = [...read].flatMap((id) => {
    const relation = facts.relations.get(id);
    return relation ? [[id, formatTableName(relation)]] : [];
  });
  return { views, names: Object.fromEntries(names) };
}

interface Walked {
  readonly parts: readonly Definition[];
  readonly reads: readonly string[];
  readonly declared: boolean;
}

function nodeOf(
  view: ViewFact,
  facts: GraphFacts,
  { parts, reads, declared }: Walked,
  clock: ReadonlyMap<string, boolean>,
): ViewNode {
  const { id, schema, name, populated, bytes, standing } = view;
  const uniqueIndex = suitableIndex(view.indexes);
  const mend = mendOwnership(view, standing);
  const users = calledBy(parts).filter((called) => facts.functions.get(called)?.ofSystem === false);
  const says = clock.get(formatTableName(view));
  const found = () => alwaysBecause({ parts, reads, readsDeclared: declared }, facts);
  return {
    id,
    schema,
    name,
    owner: standing.owner,
    mayRefresh: mend === null,
    mendOwnership: mend,
    populated,
    bytes,
    uniqueIndex,
    suggestedIndex: uniqueIndex === null ? suggestIndex(view, facts.keys.get(id) ?? null) : null,
    reads,
    alwaysBecause:
      says === undefined ? found() : says ? 'the config says that it depends on the clock' : null,
    definitionIds: {
      rules: parts.filter(({ kind }) => kind === 'rule').map((part) => part.id),
      functions: users,
    },
  };
}

/** Goes from a view through plain views and bodies of functions, and no further than to the next materialized view. */
function walker({ definitions, relations }: GraphFacts): (id: string, also: readonly string[]) => Walked {
  const rules = Map.groupBy(definitions, ({ view }) => view);
  const bodies = new Map(definitions.filter(({ kind }) => kind === 'function').map((one) => [one.id, one]));
  return (id, also) => {
    const parts = new Set(rules.get(id) ?? []);
    const reads = new Set<string>();
    const enter = (relation: string) => {
      if (relations.get(relation)?.kind !== 'v' || relations.get(relation)?.ofSystem) reads.add(relation);
      else for (const rule of rules.get(relation) ?? []) parts.add(rule);
    };
    for (const relation of also) enter(relation);
    // Grows while it is walked.
    for (const part of parts) {
      // Up to 15, a view's rule names the view itself.
      for (const relation of part.relations) if (relation !== part.view) enter(relation);
      for (const called of calledBy([part])) {
        const body = bodies.get(called);
        if (body) parts.add(body);
      }
    }
    return { parts: [...parts], reads: [...reads].toSorted(byNumber), declared: also.length > 0 };
  };
}

const byNumber = (a: string, b: string) => Number(a) - Number(b);

function declaredReads({ views, relations }: GraphFacts, { readsAlso }: GraphOptions): Map<string, string[]> {
  const byName = new Map([...relations.values()].map((relation) => [formatTableName(relation), relation]));
  const also = bySpelling(readsAlso);
  const unknown: string[] = [];
  const known = views.map((view): [string, string[]] => {
    const found = (also.get(formatTableName(view)) ?? []).flatMap((name): RelationName[] => {
      const relation = byName.get(spellTableName(name));
      if (!relation) unknown.push(`${name} (of ${formatTableName(view)})`);
      return relation ? [relation] : [];
    });
    return [view.id, found.map(({ id }) => id)];
  });
  if (unknown.length === 0) return new Map(known);
  throw new ConfigError(
    `"readsAlso" names what the database does not have: ${unknown.join(', ')}. Correct the name, or take it out of the config.`,
  );
}

function refuseCircle(views: readonly ViewNode[]): void {
  const circle = circleIn({ views });
  if (!circle) return;
  const byId = new Map(views.map((view) => [view.id, formatTableName(view)]));
  const names = circle.map((id) => byId.get(id) ?? id);
  throw new ConfigError(
    `"readsAlso" has views read each other in a circle: ${[...names, names[0]].join(' reads ')}. Take one of these out of the config.`,
  );
}

function bySpelling<Value>(values: Readonly<Record<string, Value>>): ReadonlyMap<string, Value> {
  return new Map(Object.entries(values).map(([name, value]) => [spellTableName(name), value]));
}
