import type { Client } from 'pg';
import type { ColumnDescription } from './column-types.ts';

/** A table that export considers, with its size on disk in bytes, TOAST included. */
export interface CatalogueTable {
  readonly schema: string;
  readonly table: string;
  readonly sizeBytes: number;
  readonly columns: readonly ColumnDescription[];
}

/** Every database that a user can have data in. */
export async function listDatabases(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ datname: string }>(/* sql */ `
    SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin' ORDER BY datname`);
  return rows.map(({ datname }) => datname);
}

/**
 * The permanent ordinary tables of the connected database. Views, materialized views, unlogged, temporary and
 * foreign tables are left out without a word, as the service does. Partitions come as tables of their own and the
 * partitioned parent, which holds no rows, does not come at all; AWS does not say, and this is what a reader that
 * goes by ordinary tables does.
 */
export async function listTables(client: Client): Promise<CatalogueTable[]> {
  const { rows } = await client.query<CatalogueTable>(/* sql */ `
    SELECT n.nspname AS schema, c.relname AS "table", pg_table_size(c.oid)::float8 AS "sizeBytes",
      coalesce(json_agg(json_build_object(
        'name', i.column_name, 'dataType', i.data_type, 'isDomain', i.domain_name IS NOT NULL,
        'charMaxLength', coalesce(i.character_maximum_length, 0),
        'numPrecision', coalesce(i.numeric_precision, 0),
        'dateTimePrecision', coalesce(i.datetime_precision, 0)
      ) ORDER BY i.ordinal_position) FILTER (WHERE i.column_name IS NOT NULL), '[]') AS columns
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN information_schema.columns i ON i.table_schema = n.nspname AND i.table_name = c.relname
    WHERE c.relkind = 'r' AND c.relpersistence = 'p'
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    GROUP BY c.oid, n.nspname, c.relname ORDER BY n.nspname, c.relname`);
  return rows;
}
