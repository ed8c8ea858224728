import { type Definition, sqlValueNames } from './definitions.ts';
import type { FunctionFact, RelationName, TypeFact } from './named-facts.ts';
import { dependsOnSettingsAlone } from './settings-alone.ts';

/** What definitions name, by oids. */
export interface NamedFacts {
  readonly relations: ReadonlyMap<string, RelationName>;
  readonly functions: ReadonlyMap<string, FunctionFact>;
  readonly types: ReadonlyMap<string, TypeFact>;
}

/** All that one materialized view is made of. */
export interface WholeDefinition {
  /** Its own rule, those of plain views under it, and bodies of functions that they call. */
  readonly parts: readonly Definition[];
  /** Relations that it reads, plain views left out. */
  readonly reads: readonly string[];
  /** The config says what functions read whose bodies Postgres does not look into. */
  readonly readsDeclared: boolean;
}

/** Why what a definition answers may change though no table under it does; null where it does not. */
export function alwaysBecause(whole: WholeDefinition, facts: NamedFacts): string | null {
  const { parts } = whole;
  return (
    first(parts, partFinding) ??
    first(calledBy(parts), (id) => functionFinding(facts.functions.get(id), whole.readsDeclared)) ??
    first(parts, (part) => typeFinding(part, facts)) ??
    first(whole.reads, (id) => relationFinding(facts.relations.get(id), whole, facts))
  );
}

/** Functions that definitions call, by their oids. */
export function calledBy(parts: readonly Definition[]): string[] {
  return [...new Set(parts.flatMap(({ functions, calls }) => [...functions, ...calls]))];
}

function first<Item>(items: readonly Item[], find: (item: Item) => string | null): string | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

function partFinding({ sqlValues, samples, jsonQueries, textSearch }: Definition): string | null {
  const [value] = sqlValues;
  if (value !== undefined) return `it uses ${sqlValueNames[value] ?? 'the clock or the session'}`;
  if (samples) return 'it uses TABLESAMPLE, which takes other rows each time';
  if (jsonQueries) return 'it uses an SQL/JSON query, which may read the clock';
  return textSearch ? 'it uses a text search configuration, which may be altered' : null;
}

function functionFinding(found: FunctionFact | undefined, readsDeclared: boolean): string | null {
  if (!found) return 'it calls a function that is no longer there';
  const { name, args, volatility, ofSystem, recorded } = found;
  if (volatility === 'immutable') return null;
  if (volatility === 'volatile') return `it calls ${name}(), which is VOLATILE`;
  if (ofSystem)
    return dependsOnSettingsAlone(name, args)
      ? null
      : `it calls ${name}(), which depends on the clock, the session or the catalog`;
  if (recorded || readsDeclared) return null;
  return `it calls ${name}(), which is STABLE: Postgres does not record what it reads ("readsAlso" can tell)`;
}

const regconfig = '3734';
const regdictionary = '3769';

function typeFinding({ types, readAs }: Definition, facts: NamedFacts): string | null {
  const time = readAs.map((id) => facts.types.get(id)).find((type) => type?.hasTime);
  if (time) return `it casts text to ${time.name}, where 'now' or 'today' may be written`;
  // As a constant these choose how words are read; users' own ones are seen by their dependency.
  const harmless = readAs.length === 0 ? [regconfig, regdictionary] : [];
  const unseen = types.filter((id) => !harmless.includes(id)).map((id) => facts.types.get(id)?.unseen);
  const found = unseen.find((name) => typeof name === 'string');
  return found ? `it uses the type ${found}, whose text depends on more than its value` : null;
}

function relationFinding(
  relation: RelationName | undefined,
  { parts }: WholeDefinition,
  facts: NamedFacts,
): string | null {
  if (!relation) return 'it reads a relation that is no longer there';
  const { schema, name, kind, ofSystem, foreignChild, rowSecurity } = relation;
  if (ofSystem) return `it reads ${schema}.${name} of the system's catalog`;
  if (kind === 'S') return `it reads the sequence ${schema}.${name}, whose changes are not counted`;
  if (kind === 'f') return `it reads the foreign table ${schema}.${name}, whose changes are not seen here`;
  if (foreignChild !== null)
    return `${schema}.${name} has the foreign table ${foreignChild} among its partitions or children`;
  if (rowSecurity === 'none') return null;
  const owners = parts.flatMap(({ view }) => (view === null ? [] : (facts.relations.get(view) ?? [])));
  const bound = owners.find(
    ({ owner, ownerSeesAll }) => !ownerSeesAll && (owner !== relation.owner || rowSecurity === 'forced'),
  );
  const runsElsewhere = parts.some((part) => part.kind === 'function');
  if (!bound && !runsElsewhere) return null;
  return `row-level security of ${schema}.${name} ${bound ? `binds ${bound.owner}` : 'may bind a function'}`;
}
