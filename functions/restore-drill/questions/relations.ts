import type { Client } from 'pg';
import { parseTableName, type TableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { hiddenFinding, type Lack } from './lacking.ts';

/** A table or materialized view, and whether the role that asks may see all of it. */
export interface Relation extends TableName {
  readonly oid: string;
  readonly kind: 'table' | 'partitioned table' | 'materialized view';
  /** Empty after every restore: Postgres does not write ahead what goes into it. */
  readonly unlogged: boolean;
  /** Blocks of its own file, at the moment. */
  readonly blocks: number;
  readonly lack: Lack | null;
  /** Who asks. */
  readonly role: string;
}

/** `n` and `c` are the namespace and the relation. */
export const lackSql = /* sql */ `
  CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN 'USAGE'
       WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'SELECT'
       WHEN row_security_active(c.oid) THEN 'BYPASSRLS' END`;

const relationsSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS name, c.oid::text AS oid,
         CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'materialized view' END AS kind,
         c.relpersistence = 'u' AS unlogged,
         (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 AS blocks,
         ${lackSql} AS lack, current_user AS role
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND c.relispopulated
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

/** Every table, partition and populated materialized view that is not the system's own. */
export async function readRelations(client: Client): Promise<Relation[]> {
  return (await client.query<Relation>(`${relationsSql} ORDER BY 1, 2`)).rows;
}

export type Found =
  | { readonly relation: Relation; readonly finding?: undefined }
  | { readonly relation?: undefined; readonly finding: Finding };

/** A table that the config names, or the finding that says why it cannot be asked about. */
export async function findTable(client: Client, check: string, text: string): Promise<Found> {
  const named = parseTableName(text);
  if (!named) {
    const advice = 'Write schema.table, and "schema"."table" where a name has capitals or other signs.';
    const fact = `Nothing could be asked about ${text}: this is no table's name.`;
    return { finding: { check, status: 'fail', fact, limit: null, advice } };
  }
  const { rows } = await client.query<Relation>(`${relationsSql} AND n.nspname = $1 AND c.relname = $2`, [
    named.schema,
    named.name,
  ]);
  const [relation] = rows;
  if (relation?.lack) return { finding: hiddenFinding(check, relation, relation.lack) };
  return relation ? { relation } : { finding: missingFinding(check, text) };
}

export function missingFinding(check: string, table: string): Finding {
  return {
    check,
    status: 'fail',
    fact: `The table ${table} is not in the restored database.`,
    limit: 'the table is there',
    advice: `If it was dropped on purpose, take it out of the config. If not, it is missing from this backup: restore an older one.`,
  };
}

/** How to read all rows that belong to a table: those of its partitions too, but not those of tables that inherit from it. */
export function fromClause({ schema, name, kind }: Pick<Relation, 'schema' | 'name' | 'kind'>): string {
  return `${kind === 'partitioned table' ? '' : 'ONLY '}${quoteName(schema, name)}`;
}
