import type { Client } from 'pg';
import type { DeleteTriggerFact } from './facts.ts';
import {
  type CalledFunctions,
  calledNames,
  canChange,
  canRaise,
  type FunctionSource,
  mayReturnNull,
  unjudged,
} from './raising.ts';

/** Clones that Postgres made for partitions are left out, and so are the triggers of foreign keys. */
const triggersSql = /* sql */ `
  SELECT t.tgrelid::text AS id, t.tgname AS name, tn.nspname AS "tableSchema", tc.relname AS "tableName",
    n.nspname AS schema, p.proname AS function, l.lanname AS language, p.prosrc AS source,
    -- 1 is FOR EACH ROW, 2 is BEFORE, 8 is DELETE.
    t.tgtype & 3 = 3 AS "beforeRow"
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    JOIN pg_class tc ON tc.oid = t.tgrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
  WHERE t.tgrelid = ANY ($1::oid[]) AND t.tgtype & 8 = 8 AND t.tgenabled IN ('O', 'A')
    AND NOT (n.nspname = 'pg_catalog' AND p.proname LIKE 'RI_FKey%')
    AND NOT EXISTS (SELECT FROM pg_trigger above WHERE above.oid = t.tgparentid AND above.tgrelid = ANY ($1::oid[]))
  ORDER BY 3, 4, 2`;

const functionsSql = /* sql */ `
  SELECT n.nspname AS schema, p.proname AS name, l.lanname AS language,
    CASE WHEN p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END AS source
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE lower(p.proname) = ANY ($1) AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

interface TriggerRow {
  readonly id: string;
  readonly name: string;
  readonly tableSchema: string;
  readonly tableName: string;
  readonly schema: string;
  readonly function: string;
  readonly language: string;
  readonly source: string;
  readonly beforeRow: boolean;
}

/** The triggers that fire when rows of these relations (`oid`s, as text) are deleted, by relation. */
export async function readDeleteTriggers(
  client: Client,
  ids: readonly string[],
): Promise<Map<string, DeleteTriggerFact[]>> {
  const { rows } = await client.query<TriggerRow>(triggersSql, [ids]);
  const called = await readFunctions(client, rows);
  const byTable = new Map<string, DeleteTriggerFact[]>();
  for (const row of rows) {
    const known = byTable.get(row.id) ?? [];
    byTable.set(row.id, [...known, toFact(row, called)]);
  }
  return byTable;
}

/** So many calls deep, each with a query of its own. */
const mostCalls = 20;

async function readFunctions(client: Client, rows: readonly TriggerRow[]): Promise<CalledFunctions> {
  const functions: FunctionSource[] = [];
  const known = new Set<string>();
  let unread = newNames(rows, known);
  for (let calls = 1; calls <= mostCalls && unread.size > 0; calls += 1) {
    const { rows: found } = await client.query<FunctionSource>(functionsSql, [[...unread]]);
    functions.push(...found);
    for (const name of unread) known.add(name);
    unread = newNames(found, known);
  }
  return { functions, unread };
}

function newNames(
  callers: readonly Pick<FunctionSource, 'source'>[],
  known: ReadonlySet<string>,
): Set<string> {
  const names = callers.flatMap(({ source }) => calledNames(source));
  return new Set(names.filter((name) => !known.has(name)));
}

function toFact(row: TriggerRow, called: CalledFunctions): DeleteTriggerFact {
  const { schema, function: name, language, source } = row;
  const own = { schema, name, language, source };
  return {
    name: row.name,
    table: { schema: row.tableSchema, name: row.tableName },
    function: { schema, name },
    raises: canRaise(own, called),
    changes: canChange(own, called),
    unjudged: unjudged(own, called).map(({ schema, name }) => ({ schema, name })),
    mayKeepRow: row.beforeRow && mayReturnNull(source),
  };
}
