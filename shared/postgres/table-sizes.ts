import type { Client } from 'pg';

export interface TableSize {
  readonly schema: string;
  readonly table: string;
  /** The planner's; null where the table was never analysed. */
  readonly estimatedRows: number | null;
  /** Of the table's own file, without indexes and TOAST. */
  readonly sizeBytes: number;
}

/** -1 says that there is no estimate; before Postgres 14, 0 in a table without pages said it. */
const sizesSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS table,
         CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS "estimatedRows",
         coalesce(pg_relation_size(c.oid), 0)::float8 AS "sizeBytes"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't'
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 1, 2`;

/** How large each table is about, partitions included: no rows are read. */
export async function readTableSizes(client: Client): Promise<TableSize[]> {
  return (await client.query<TableSize>(sizesSql)).rows;
}
