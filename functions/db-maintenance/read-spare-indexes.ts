import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { SpareIndexFact } from './facts.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

const most = 100;

/**
 * One that another does the work of: of the same columns, or of their beginning, with equal operators, collations,
 * order, predicate and expressions. Of two that are equal, the one that enforces something, or else the older, stays.
 */
const spareSql = /* sql */ `
  WITH plain AS (
    SELECT i.*, c.relname, c.relam, c.relnamespace, n.nspname, t.relname AS table_name,
      i.indisunique OR i.indisreplident OR i.indisclustered OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid)
        OR EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) AS is_needed
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE i.indisvalid AND i.indislive AND c.relkind = 'i' AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'nightshift')
      AND ${inScope('n.nspname', 't.relname')}
  ), doubled AS (
    SELECT a.indexrelid, min(b.relname) AS by_name FROM plain a JOIN plain b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
       AND b.relam = a.relam AND b.indpred::text IS NOT DISTINCT FROM a.indpred::text
     WHERE NOT a.is_needed AND (
       -- Equal in all.
       (b.indkey = a.indkey AND b.indclass = a.indclass AND b.indcollation = a.indcollation AND b.indoption = a.indoption
         AND b.indnkeyatts = a.indnkeyatts AND b.indexprs::text IS NOT DISTINCT FROM a.indexprs::text
         AND (b.is_needed OR b.indexrelid < a.indexrelid))
       -- The beginning of a longer one, which only a B-tree can stand in for.
       OR (a.relam = (SELECT oid FROM pg_am WHERE amname = 'btree') AND a.indexprs IS NULL AND b.indexprs IS NULL
         AND a.indnatts = a.indnkeyatts AND b.indnkeyatts > a.indnkeyatts
         AND starts_with(b.indkey::text || ' ', a.indkey::text || ' ') AND starts_with(b.indclass::text || ' ', a.indclass::text || ' ')
         AND starts_with(b.indcollation::text || ' ', a.indcollation::text || ' ')
         AND starts_with(b.indoption::text || ' ', a.indoption::text || ' ')))
     GROUP BY a.indexrelid
  ), spare AS (
    SELECT p.*, d.by_name FROM plain p LEFT JOIN doubled d USING (indexrelid)
    WHERE d.by_name IS NOT NULL OR (NOT p.is_needed AND coalesce(pg_stat_get_numscans(p.indexrelid), 0) = 0)
  )
  SELECT s.indexrelid::text AS id, s.nspname AS schema, s.relname AS name, s.table_name AS "table", s.by_name AS "by",
    c.relpages * current_setting('block_size')::float8 AS bytes
  FROM spare s JOIN pg_class c ON c.oid = s.indexrelid
  ORDER BY c.relpages DESC, s.indexrelid LIMIT ${most}`;

/** The largest indexes that nobody has used since it is counted, and that others make needless. */
export async function readSpareIndexes(client: Client, scope: Scope): Promise<SpareIndexFact[]> {
  const { rows } = await client.query<
    Omit<SpareIndexFact, 'tableName'> & { table: string; by: string | null }
  >(spareSql, scopeValues(scope));
  return rows.map(({ id, schema, name, bytes, table, by }) => ({
    ...{ id, schema, name, bytes },
    tableName: formatTableName({ schema, name: table }),
    doubledBy: by && formatTableName({ schema, name: by }),
  }));
}
