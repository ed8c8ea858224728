import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';

/** A materialized view as the generator made it. Names as `formatTableName` spells them. */
export interface MadeView extends TableName {
  readonly spelled: string;
  /** From 1; it reads at least one view of the level below. */
  readonly level: number;
  /** Tables and materialized views that it reads, through whatever lies between, sorted. */
  readonly reads: readonly string[];
  /** Reads a table through a function that Postgres does not look into. */
  readonly hiddenReads: readonly string[];
  /** Whether it reads something whose changes are not seen: a function, a foreign table. */
  readonly isAlways: boolean;
}

export interface MadeTable extends TableName {
  readonly spelled: string;
  /** An INSERT, without values, that adds one row to it. */
  readonly insert: string;
}

export interface MadeGraph {
  readonly views: readonly MadeView[];
  readonly tables: readonly MadeTable[];
}

export interface GraphWish {
  readonly views: number;
  readonly levels: number;
  readonly seed: number;
  /** Also functions with string bodies and a foreign table: views that are always refreshed. */
  readonly withUnseen?: boolean;
}

const schemas = ['public', 'sales', 'Odd "Schema"'];
const trickyNames = [
  (n: number) => `view_${n}`,
  (n: number) => `Ledger ${n}`,
  (n: number) => `quo"te'${n}`,
  (n: number) => `new\nline ${n}`,
  (n: number) => `{RANGETBLENTRY :relid 1259 ${n}`,
  (n: number) => `🌙 ${n}`,
  (n: number) => `${n}`.padEnd(63, 'x'),
];

/** A source that may be read: what stands in FROM, and what the model says is read by it. */
interface Source {
  readonly from: string;
  readonly reads: readonly string[];
  readonly hidden?: readonly string[];
  readonly isAlways?: boolean;
}

/** Numbers in [0, sides) that repeat for a seed (mulberry32). */
export function chanceOf(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
}

/**
 * Fills a database with small tables `(id int, amount int)` of many kinds, and materialized views over them in levels,
 * through plain views and functions; each has a unique index on `id`. Tells what each view reads. The same for a seed.
 */
export async function makeViewGraph(client: Client, wish: GraphWish): Promise<MadeGraph> {
  const chance = chanceOf(wish.seed);
  await client.query(schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)};`).join(' '));
  const tables = await makeTables(client);
  const sources: Source[] = tables.map((table) => ({ from: sql(table), reads: [table.spelled] }));
  if (wish.withUnseen) sources.push(...(await makeUnseen(client, tables)));
  sources.push(...(await makeRecorded(client, tables)));
  const views: MadeView[] = [];
  let below: Source[] = [];
  for (let level = 1; level <= wish.levels; level += 1) {
    const here: Source[] = [];
    const upTo = Math.round((wish.views * level) / wish.levels);
    while (views.length < upTo) {
      const made = await makeView(client, { number: views.length, level, chance, below, sources });
      views.push(made);
      here.push({ from: sql(made), reads: [made.spelled] });
    }
    sources.push(...here);
    below = here;
  }
  return { views, tables };
}

const sql = ({ schema, name }: TableName) => quoteName(schema, name);

function pick<Item>(items: readonly Item[], chance: (sides: number) => number): Item {
  const found = items[chance(items.length)];
  if (found === undefined) throw new Error('there is nothing to choose from');
  return found;
}

async function makeView(
  client: Client,
  {
    number,
    level,
    chance,
    below,
    sources,
  }: {
    readonly number: number;
    readonly level: number;
    readonly chance: (sides: number) => number;
    readonly below: readonly Source[];
    readonly sources: readonly Source[];
  },
): Promise<MadeView> {
  const chosen = [pick(below.length > 0 ? below : sources, chance)];
  for (let more = chance(3); more > 0; more -= 1) chosen.push(pick(sources, chance));
  const through: Source[] = [];
  for (const [index, source] of chosen.entries()) {
    through.push(
      await behindPlainViews(client, source, { name: `plain ${number}.${index}`, depth: chance(3) }),
    );
  }
  const tricky = pick(trickyNames, chance);
  const view = { schema: pick(schemas, chance), name: tricky(number) };
  const union = through.map(({ from }) => `SELECT id, amount FROM ${from}`).join(' UNION ALL ');
  await client.query(`CREATE MATERIALIZED VIEW ${sql(view)} AS
    SELECT id, sum(amount)::int AS amount FROM (${union}) every GROUP BY id`);
  await client.query(`CREATE UNIQUE INDEX ON ${sql(view)} (id)`);
  return {
    ...view,
    spelled: formatTableName(view),
    level,
    reads: [...new Set(through.flatMap(({ reads }) => reads))].toSorted(),
    hiddenReads: [...new Set(through.flatMap(({ hidden = [] }) => hidden))].toSorted(),
    isAlways: through.some(({ isAlways }) => isAlways),
  };
}

async function behindPlainViews(
  client: Client,
  source: Source,
  { name, depth }: { readonly name: string; readonly depth: number },
): Promise<Source> {
  if (depth === 0) return source;
  const view = { schema: schemas[depth % schemas.length] ?? 'public', name: `${name} "${depth}"` };
  await client.query(`CREATE VIEW ${sql(view)} AS SELECT id, amount FROM ${source.from}`);
  return behindPlainViews(client, { ...source, from: sql(view) }, { name, depth: depth - 1 });
}

/** Plain, inherited and partitioned tables, with a partition attached later and one with partitions of its own. */
async function makeTables(client: Client): Promise<MadeTable[]> {
  await client.query(/* sql */ `
    CREATE TABLE public.plain (id int, amount int);
    CREATE TABLE sales."Second Plain" (id int, amount int);
    CREATE TABLE "Odd ""Schema""".wide (amount int, id int, note text DEFAULT 'x');
    CREATE TABLE public.parent (id int, amount int);
    CREATE TABLE sales.child () INHERITS (public.parent);
    CREATE TABLE public.parts (id int, amount int) PARTITION BY RANGE (id);
    CREATE TABLE public.parts_low PARTITION OF public.parts FOR VALUES FROM (0) TO (50);
    CREATE TABLE sales.parts_sub PARTITION OF public.parts FOR VALUES FROM (50) TO (100) PARTITION BY LIST (amount);
    CREATE TABLE sales.parts_sub_rest PARTITION OF sales.parts_sub DEFAULT;
    CREATE TABLE public.parts_late (amount int, id int);
    ALTER TABLE public.parts ATTACH PARTITION public.parts_late FOR VALUES FROM (100) TO (200)`);
  const names: TableName[] = [
    { schema: 'public', name: 'plain' },
    { schema: 'sales', name: 'Second Plain' },
    { schema: 'Odd "Schema"', name: 'wide' },
    { schema: 'public', name: 'parent' },
    { schema: 'public', name: 'parts' },
  ];
  for (const name of names) {
    await client.query(`INSERT INTO ${sql(name)} (id, amount) SELECT n, n FROM generate_series(0, 149, 7) n`);
  }
  await client.query('INSERT INTO sales.child SELECT n, 1 FROM generate_series(1, 5) n');
  return names.map((name) => ({
    ...name,
    spelled: formatTableName(name),
    insert: `INSERT INTO ${sql(name)} (id, amount)`,
  }));
}

/** A function whose body Postgres looks into, and one that calls it. */
async function makeRecorded(client: Client, tables: readonly MadeTable[]): Promise<Source[]> {
  const [table] = tables;
  if (!table) return [];
  const answers = 'RETURNS TABLE (id int, amount int) LANGUAGE sql STABLE';
  await client.query(/* sql */ `
    CREATE FUNCTION sales."recorded"() ${answers}
      BEGIN ATOMIC SELECT t.id, t.amount FROM ${sql(table)} t; END;
    CREATE FUNCTION public.calls_recorded() ${answers}
      BEGIN ATOMIC SELECT r.id, r.amount FROM sales."recorded"() r; END`);
  return [
    { from: 'sales."recorded"()', reads: [table.spelled] },
    { from: 'public.calls_recorded()', reads: [table.spelled] },
  ];
}

/** A function whose body is a string, and a foreign table. */
async function makeUnseen(client: Client, tables: readonly MadeTable[]): Promise<Source[]> {
  const table = tables[1];
  if (!table) return [];
  await client.query(/* sql */ `
    CREATE FUNCTION public.unseen() RETURNS TABLE (id int, amount int) LANGUAGE sql STABLE
      AS 'SELECT t.id, t.amount FROM ${sql(table).replaceAll("'", "''")} t';
    CREATE EXTENSION IF NOT EXISTS file_fdw;
    CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE sales.remote (id int, amount int) SERVER files OPTIONS (filename '/dev/null', format 'csv')`);
  return [
    { from: 'public.unseen()', reads: [], hidden: [table.spelled], isAlways: true },
    { from: 'sales.remote', reads: ['sales.remote'], isAlways: true },
  ];
}
