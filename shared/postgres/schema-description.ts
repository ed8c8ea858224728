import type { Client } from 'pg';
import { inSnapshot } from './snapshot-transaction.ts';

export interface ColumnDescription {
  readonly name: string;
  /** As `CREATE TABLE` would say it: `numeric(10,2)`, `text[]`. */
  readonly type: string;
  /** The type's own name in `pg_type`, without modifiers: `int8`, `_text`; a domain's is the domain's. */
  readonly typeName: string;
  readonly notNull: boolean;
  /** Of a generated column, the expression that it is generated from. */
  readonly default: string | null;
  /** `stored`, `virtual`, `identity always`, `identity by default`, or null. */
  readonly generated: string | null;
}

export interface TableDescription {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'partitioned table' | 'foreign table';
  readonly unlogged: boolean;
  readonly partitionOf: { readonly schema: string; readonly name: string; readonly bound: string } | null;
  readonly partitionKey: string | null;
  readonly columns: readonly ColumnDescription[];
  readonly constraints: readonly { readonly name: string; readonly definition: string }[];
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
  readonly triggers: readonly { readonly name: string; readonly definition: string }[];
}

/** All that an export does not hold and a table needs to be loaded again, in years to come. */
export interface SchemaDescription {
  readonly version: 1;
  readonly database: string;
  readonly serverVersion: string;
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
  readonly types: readonly {
    readonly schema: string;
    readonly name: string;
    readonly kind: string;
    readonly definition: string;
  }[];
  readonly sequences: readonly { readonly schema: string; readonly name: string; readonly type: string }[];
  readonly tables: readonly TableDescription[];
  readonly views: readonly {
    readonly schema: string;
    readonly name: string;
    readonly kind: string;
    readonly definition: string;
  }[];
  readonly functions: readonly {
    readonly schema: string;
    readonly name: string;
    readonly definition: string;
  }[];
}

/** Where a user's own objects live: neither the system's schemas nor anything that an extension brought along. */
const own = (alias: string, catalog: string) => /* sql */ `
  ${alias}.oid NOT IN (SELECT objid FROM pg_depend WHERE classid = '${catalog}'::regclass AND deptype = 'e')
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

const databaseSql = /* sql */ `
  SELECT current_database() AS database, current_setting('server_version') AS "serverVersion"`;

const extensionsSql = /* sql */ `SELECT extname AS name, extversion AS version FROM pg_extension ORDER BY 1`;

const typesSql = /* sql */ `
  SELECT n.nspname AS schema, t.typname AS name,
         CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' ELSE 'composite' END AS kind,
         CASE t.typtype
           WHEN 'e' THEN (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
           WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) || coalesce(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), '') ||
             CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END ||
             -- From 17 on, NOT NULL is a constraint as well.
             coalesce((SELECT ' ' || string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname)
                         FROM pg_constraint WHERE contypid = t.oid AND contype = 'c'), '')
           WHEN 'r' THEN (SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid)
           ELSE (SELECT string_agg(quote_ident(attname) || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
                   FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped)
         END AS definition
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE (t.typtype IN ('e', 'd', 'r')
          OR t.typtype = 'c' AND EXISTS (SELECT FROM pg_class WHERE oid = t.typrelid AND relkind = 'c'))
     AND ${own('t', 'pg_type')}
   ORDER BY 1, 2`;

const sequencesSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS name, format_type(s.seqtypid, NULL) AS type
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${own('c', 'pg_class')} ORDER BY 1, 2`;

const named = (rows: string) =>
  /* sql */ `coalesce((SELECT json_agg(json_build_object('name', name, 'definition', definition) ORDER BY name) FROM (${rows}) listed), '[]')`;

const columnsSql = /* sql */ `
  coalesce((SELECT json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'typeName', t.typname, 'notNull', a.attnotnull,
      'default', pg_get_expr(d.adbin, d.adrelid),
      'generated', CASE WHEN a.attgenerated = 's' THEN 'stored' WHEN a.attgenerated = 'v' THEN 'virtual'
                        WHEN a.attidentity = 'a' THEN 'identity always' WHEN a.attidentity = 'd' THEN 'identity by default' END
    ) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')`;

const tablesSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS name,
         CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END AS kind,
         c.relpersistence = 'u' AS unlogged,
         (SELECT json_build_object('schema', pn.nspname, 'name', p.relname, 'bound', pg_get_expr(c.relpartbound, c.oid))
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
           WHERE i.inhrelid = c.oid AND c.relispartition) AS "partitionOf",
         CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
         ${columnsSql} AS columns,
         ${named('SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = c.oid')} AS constraints,
         ${named(`SELECT ic.relname AS name, pg_get_indexdef(indexrelid) AS definition
                    FROM pg_index JOIN pg_class ic ON ic.oid = indexrelid WHERE indrelid = c.oid`)} AS indexes,
         ${named('SELECT tgname AS name, pg_get_triggerdef(oid) AS definition FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal')} AS triggers
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${own('c', 'pg_class')}
   ORDER BY 1, 2`;

const viewsSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS name,
         CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind, pg_get_viewdef(c.oid) AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND ${own('c', 'pg_class')} ORDER BY 1, 2`;

const functionsSql = /* sql */ `
  SELECT n.nspname AS schema, p.proname AS name, pg_get_functiondef(p.oid) AS definition
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.prokind <> 'a' AND ${own('p', 'pg_proc')} ORDER BY 1, 2, 3`;

/** Reads the definition of everything in the database that is its user's own, as of one moment. */
export async function readSchemaDescription(client: Client): Promise<SchemaDescription> {
  const rows = async <T>(sql: string) => (await client.query(sql)).rows as T[];
  return inSnapshot(client, async () => {
    const [about] = await rows<Pick<SchemaDescription, 'database' | 'serverVersion'>>(databaseSql);
    return {
      version: 1,
      database: about?.database ?? '',
      serverVersion: about?.serverVersion ?? '',
      extensions: await rows(extensionsSql),
      types: await rows(typesSql),
      sequences: await rows(sequencesSql),
      tables: await rows(tablesSql),
      views: await rows(viewsSql),
      functions: await rows(functionsSql),
    };
  });
}
