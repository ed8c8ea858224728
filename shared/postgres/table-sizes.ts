import type { Client } from 'pg';

export interface TableSize {
  readonly schema: string;
  readonly table: string;
  /** The planner's; null where the table was never analysed. */
  readonly estimatedRows: number | null;
  /** Of the table's own file, without indexes and TOAST; null where it was locked, and no VACUUM had told it. */
  readonly sizeBytes: number | null;
}

/** What `freshSizeSql` needs to be named in front of its query. */
export const lockedSql = /* sql */ `
  locked AS MATERIALIZED (
    SELECT relation FROM pg_locks
     WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** The size in bytes that the last VACUUM or ANALYZE told; null where there was none. */
export const toldSizeSql = /* sql */ `
  CASE WHEN c.relpages > 0 THEN c.relpages::int8 * current_setting('block_size')::int8 END`;

/** The size of now. `pg_relation_size` would wait for whoever holds a table locked, or waits to: of those, what was told. */
export const freshSizeSql = /* sql */ `
  CASE WHEN c.oid NOT IN (SELECT relation FROM locked) THEN pg_relation_size(c.oid) ELSE ${toldSizeSql} END`;

/** -1 says that there is no estimate. */
const sizesSql = /* sql */ `
  WITH ${lockedSql}
  SELECT n.nspname AS schema, c.relname AS table,
         CASE WHEN c.reltuples >= 0 THEN c.reltuples::float8 END AS "estimatedRows",
         (${freshSizeSql})::float8 AS "sizeBytes"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't'
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY 1, 2`;

/** How large each table is about, partitions included: no rows are read. */
export async function readTableSizes(client: Client): Promise<TableSize[]> {
  return (await client.query<TableSize>(sizesSql)).rows;
}
