import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../failure.ts';
import { quoteText } from './duckdb.ts';

/** A table as a query names it; without a schema, `public` is meant. */
export interface NamedTable {
  readonly schema: string;
  readonly table: string;
}

const oneSelect = 'It takes one SELECT, and nothing else.';

interface Serialized {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/** The tables that one SELECT names, by DuckDB's own parser. Throws UsageError for anything but one SELECT. */
export async function namedTables(connection: DuckDBConnection, sql: string): Promise<NamedTable[]> {
  const reader = await connection.runAndReadAll(`SELECT json_serialize_sql(${quoteText(sql)}) AS tree`);
  const tree = JSON.parse(String(reader.getRowObjectsJson()[0]?.tree)) as Serialized;
  if (tree.error_message?.startsWith('Only SELECT')) throw new UsageError(oneSelect);
  if (tree.error) throw new UsageError(`DuckDB does not take the query: ${tree.error_message}`);
  if (tree.statements?.length !== 1) throw new UsageError(oneSelect);
  const found = new Map<string, NamedTable>();
  collect(tree.statements, found);
  return [...found.values()];
}

function collect(node: unknown, found: Map<string, NamedTable>): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, schema_name, table_name } = node as Record<string, unknown>;
  if (type === 'BASE_TABLE' && typeof table_name === 'string') {
    const named = { schema: String(schema_name || 'public'), table: table_name };
    found.set(JSON.stringify(named), named);
  }
  for (const child of Object.values(node)) collect(child, found);
}
