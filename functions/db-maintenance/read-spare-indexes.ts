import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { SpareIndexFact } from './facts.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

const most = 100;

/**
 * One that another does the work of: of the same columns, operators and their options, collations, order, predicate and
 * expressions, or of the beginning of them. Of two that are equal, the one that something hangs on, or else the older,
 * stays; a unique one is only doubled by a unique one. Of partitioned indexes the parents alone are looked at, with all
 * that their partitions count and weigh: a part cannot be dropped by itself. Expressions are compared as Postgres would
 * write them, since the stored form tells where they stood in their statement.
 */
const spareSql = /* sql */ `
  WITH RECURSIVE parts AS (
    SELECT c.oid AS root, c.oid FROM pg_class c WHERE c.relkind IN ('i', 'I') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
    UNION ALL SELECT p.root, h.inhrelid FROM parts p JOIN pg_inherits h ON h.inhparent = p.oid
  ), locked AS MATERIALIZED (
    -- Whose size would be waited for.
    SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ), used AS (
    SELECT p.root, sum(coalesce(pg_stat_get_numscans(c.oid), 0)) AS scans,
      sum(CASE WHEN c.relkind = 'I' THEN 0 WHEN c.oid IN (SELECT relation FROM locked)
        THEN c.relpages * current_setting('block_size')::float8 ELSE pg_relation_size(c.oid)::float8 END) AS bytes,
      bool_or(EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid) OR i.indisreplident OR i.indisclustered) AS is_needed
    FROM parts p JOIN pg_class c ON c.oid = p.oid JOIN pg_index i ON i.indexrelid = c.oid GROUP BY p.root
  ), plain AS (
    SELECT i.*, c.relname, c.relam, c.relkind, n.nspname, t.relname AS table_name, u.is_needed, u.scans, u.bytes,
      pg_get_expr(i.indexprs, i.indrelid) AS expressions, pg_get_expr(i.indpred, i.indrelid) AS predicate,
      coalesce(to_jsonb(i) -> 'indnullsnotdistinct', 'false') AS nulls_are_equal,
      (SELECT string_agg(a.attnum || a.attoptions::text, ' ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attoptions IS NOT NULL) AS options
    FROM pg_index i JOIN used u ON u.root = i.indexrelid JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisvalid AND i.indislive AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'nightshift')
      AND ${inScope('t')}
  ), doubled AS (
    SELECT DISTINCT ON (a.indexrelid) a.indexrelid, b.relname AS by_name, b.indkey <> a.indkey AS is_beginning
    FROM plain a JOIN plain b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
       AND b.relam = a.relam AND b.predicate IS NOT DISTINCT FROM a.predicate
     WHERE NOT a.is_needed AND (
       -- Equal in all.
       (b.indkey = a.indkey AND b.indclass = a.indclass AND b.indcollation = a.indcollation AND b.indoption = a.indoption
         AND b.indnkeyatts = a.indnkeyatts AND b.expressions IS NOT DISTINCT FROM a.expressions AND b.options IS NOT DISTINCT FROM a.options
         AND (NOT a.indisunique OR b.indisunique AND b.indimmediate AND b.nulls_are_equal = a.nulls_are_equal)
         AND (b.is_needed OR b.indisunique AND NOT a.indisunique OR b.indisunique = a.indisunique AND b.indexrelid < a.indexrelid))
       -- The beginning of a longer one, which only a B-tree can stand in for.
       OR (a.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND NOT a.indisunique AND a.expressions IS NULL AND b.expressions IS NULL
         AND a.options IS NULL AND b.options IS NULL
         AND a.indnatts = a.indnkeyatts AND b.indnkeyatts >= a.indnkeyatts AND b.indnatts > a.indnatts
         AND starts_with(b.indkey::text || ' ', a.indkey::text || ' ') AND starts_with(b.indclass::text || ' ', a.indclass::text || ' ')
         AND starts_with(b.indcollation::text || ' ', a.indcollation::text || ' ')
         AND starts_with(b.indoption::text || ' ', a.indoption::text || ' ')))
     ORDER BY a.indexrelid, b.is_needed DESC, b.indkey <> a.indkey, b.indexrelid
  )
  SELECT p.indexrelid::text AS id, p.nspname AS schema, p.relname AS name, p.table_name AS "table", d.by_name AS "by",
    coalesce(d.is_beginning, false) AS "isBeginning", p.bytes, p.relkind = 'I' AS "isPartitioned", p.expressions IS NOT NULL AS "isOfExpressions"
  FROM plain p LEFT JOIN doubled d USING (indexrelid)
  WHERE d.by_name IS NOT NULL OR (NOT p.is_needed AND NOT p.indisunique AND p.scans = 0 AND p.bytes > 0)
  ORDER BY p.bytes DESC, p.indexrelid LIMIT ${most}`;

type Row = Omit<SpareIndexFact, 'tableName' | 'doubledBy'> & { table: string; by: string | null };

/** The largest indexes that nobody has used since it is counted, and that others make needless. */
export async function readSpareIndexes(client: Client, scope: Scope): Promise<SpareIndexFact[]> {
  const { rows } = await client.query<Row>(spareSql, scopeValues(scope));
  return rows.map(({ table, by, ...index }) => ({
    ...index,
    tableName: formatTableName({ schema: index.schema, name: table }),
    doubledBy: by && formatTableName({ schema: index.schema, name: by }),
  }));
}
