import type { Client } from 'pg';
import type { DeleteTriggerFact } from './facts.ts';
import { calledNames, canChange, canRaise, type FunctionSource, mayReturnNull } from './raising.ts';

/** Clones that Postgres made for partitions are left out, and so are the triggers of foreign keys. */
const triggersSql = /* sql */ `
  SELECT t.tgrelid::text AS id, t.tgname AS name, tn.nspname AS "tableSchema", tc.relname AS "tableName",
    n.nspname AS schema, p.proname AS function, p.prosrc AS source,
    -- 1 is FOR EACH ROW, 2 is BEFORE, 8 is DELETE.
    t.tgtype & 3 = 3 AS "beforeRow"
  FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_class tc ON tc.oid = t.tgrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
  WHERE t.tgrelid = ANY ($1::oid[]) AND t.tgtype & 8 = 8 AND t.tgenabled IN ('O', 'A')
    AND NOT (n.nspname = 'pg_catalog' AND p.proname LIKE 'RI_FKey%')
    AND NOT EXISTS (SELECT FROM pg_trigger above WHERE above.oid = t.tgparentid AND above.tgrelid = ANY ($1::oid[]))
  ORDER BY 3, 4, 2`;

const functionsSql = /* sql */ `
  SELECT n.nspname AS schema, p.proname AS name,
    CASE WHEN p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) ELSE p.prosrc END AS source
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE lower(p.proname) = ANY ($1) AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

interface TriggerRow {
  readonly id: string;
  readonly name: string;
  readonly tableSchema: string;
  readonly tableName: string;
  readonly schema: string;
  readonly function: string;
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

async function readFunctions(client: Client, rows: readonly TriggerRow[]): Promise<FunctionSource[]> {
  const names = [...new Set(rows.flatMap(({ source }) => calledNames(source)))];
  if (names.length === 0) return [];
  return (await client.query<FunctionSource>(functionsSql, [names])).rows;
}

function toFact(row: TriggerRow, called: readonly FunctionSource[]): DeleteTriggerFact {
  const { schema, function: name, source } = row;
  return {
    name: row.name,
    table: { schema: row.tableSchema, name: row.tableName },
    function: { schema, name },
    raises: canRaise({ schema, name, source }, called),
    changes: canChange({ schema, name, source }, called),
    mayKeepRow: row.beforeRow && mayReturnNull(source),
  };
}
