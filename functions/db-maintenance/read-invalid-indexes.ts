import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { InvalidIndexFact, ServerFact } from './facts.ts';
import { lackOfOwnership, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

const most = 200;

/**
 * Whoever builds or drops an index concurrently holds this lock on its table from the beginning to the end, also while
 * waiting, and REINDEX on the index as well; progress alone tells less: of a table with its TOAST it names one of both.
 * VACUUM and ANALYZE take the same lock on the table, and are known by what they show.
 */
const buildersSql = /* sql */ `
  SELECT l.relation FROM pg_locks l
   WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
     AND l.pid IS DISTINCT FROM pg_backend_pid()
     AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = l.pid)
     AND NOT EXISTS (SELECT FROM pg_stat_progress_analyze v WHERE v.pid = l.pid)
  UNION SELECT p.relid FROM pg_stat_progress_create_index p WHERE p.datname IS NOT DISTINCT FROM current_database()`;

/**
 * The original is a valid index of the same table and making whose name, as far as it fitted, begins the leftover's.
 * A builder that cannot be seen into counts as building on every table. The parent of a partitioned index is invalid
 * until each partition has its part.
 */
const invalidSql = /* sql */ `
  WITH builders AS MATERIALIZED (${buildersSql})
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, mn.nspname AS "tableSchema", m.relname AS "table", ${ownerOf('c')},
    c.relpages * current_setting('block_size')::float8 AS bytes, pg_has_role(c.relowner, 'USAGE') AS may,
    c.relkind = 'I' AS "isPartitioned", i.indisunique AS "isUnique",
    (SELECT o.relname FROM pg_index v JOIN pg_class o ON o.oid = v.indexrelid
      WHERE v.indrelid = i.indrelid AND v.indisvalid AND v.indislive AND o.relnamespace = c.relnamespace AND o.relam = c.relam
        AND v.indkey = i.indkey AND v.indclass = i.indclass AND v.indcollation = i.indcollation AND v.indoption = i.indoption
        AND v.indnkeyatts = i.indnkeyatts AND v.indisunique = i.indisunique
        AND pg_get_expr(v.indexprs, v.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indexprs, i.indrelid)
        AND pg_get_expr(v.indpred, v.indrelid) IS NOT DISTINCT FROM pg_get_expr(i.indpred, i.indrelid)
        AND (o.relname = b.base OR octet_length(c.relname) >= 60 AND starts_with(o.relname, b.base))
      ORDER BY o.relname = b.base DESC, o.relname LIMIT 1) AS original,
    (SELECT k.conname FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x') LIMIT 1) AS "constraint",
    EXISTS (SELECT FROM builders u WHERE u.relation IS NULL OR u.relation IN (0, c.oid, t.oid, m.oid, m.reltoastrelid)) AS "isBeingBuilt",
    (SELECT array_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) ORDER BY p.oid)
       FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
      WHERE c.relkind = 'I' AND h.inhparent = i.indrelid AND NOT EXISTS (
        SELECT FROM pg_inherits g JOIN pg_index x ON x.indexrelid = g.inhrelid
         WHERE g.inhparent = c.oid AND x.indrelid = p.oid AND x.indisvalid)) AS "withoutPart"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class o ON t.relkind = 't' AND o.reltoastrelid = t.oid
    JOIN pg_class m ON m.oid = coalesce(o.oid, t.oid) JOIN pg_namespace mn ON mn.oid = m.relnamespace
    CROSS JOIN LATERAL (SELECT regexp_replace(c.relname, '_cc(new|old)\\d*$', '') AS base) b
  WHERE NOT i.indisvalid AND c.relkind IN ('i', 'I') AND c.relpersistence <> 't' AND mn.nspname !~ '^pg_'
    AND ${inScope('m')} AND ($5::oid IS NULL OR c.oid = $5::oid)
  ORDER BY c.oid LIMIT ${most}`;

interface Row {
  id: string;
  schema: string;
  name: string;
  tableSchema: string;
  table: string;
  bytes: number;
  owner: string;
  isOfSuperuser: boolean;
  may: boolean;
  isPartitioned: boolean;
  isUnique: boolean;
  original: string | null;
  constraint: string | null;
  isBeingBuilt: boolean;
  withoutPart: string[] | null;
}

/** Indexes that building left invalid; with an id, this one alone, as it is now. */
export async function readInvalidIndexes(
  client: Client,
  { role }: Pick<ServerFact, 'role'>,
  scope: Scope,
  id: string | null = null,
): Promise<InvalidIndexFact[]> {
  const { rows } = await client.query<Row>(invalidSql, [...scopeValues(scope), id]);
  return rows.map((row) => factOf(row, role));
}

function factOf(row: Row, role: string): InvalidIndexFact {
  const { id, schema, name, tableSchema, table, bytes, original, constraint, isBeingBuilt, may } = row;
  const { isPartitioned } = row;
  return {
    ...{ id, schema, name, bytes, isBeingBuilt, isPartitioned },
    tableName: formatTableName({ schema: tableSchema, name: table }),
    original: original && formatTableName({ schema, name: original }),
    isOfConstraint: constraint !== null,
    mend: isPartitioned ? mendOfParent(row) : mendOf(row),
    lack: may ? null : lackOfOwnership({ ...row, schema: tableSchema, name: table }, role),
  };
}

/** An index of a constraint goes with it alone. */
function mendOf({ schema, name, tableSchema, table, constraint, isUnique }: Row): string {
  const rebuild = `REINDEX INDEX CONCURRENTLY ${quoteName(schema, name)};`;
  const doubles = isUnique ? ' (first remove what is there twice)' : '';
  const drop =
    constraint === null
      ? `DROP INDEX CONCURRENTLY ${quoteName(schema, name)};`
      : `ALTER TABLE ${quoteName(tableSchema, table)} DROP CONSTRAINT ${quoteName(constraint)};`;
  return `${rebuild}${doubles} or, where nobody needs it, ${drop}`;
}

const mostPartitions = 5;

/** REINDEX makes no parent valid: only a valid part in each partition does. */
function mendOfParent({ schema, name, withoutPart }: Row): string {
  const parts = withoutPart ?? [];
  const more = parts.length > mostPartitions ? ` and ${parts.length - mostPartitions} more` : '';
  const where =
    parts.length > 0 ? parts.slice(0, mostPartitions).join(', ') + more : 'a partition below them';
  return `CREATE INDEX CONCURRENTLY the same ON ${where}; then, for each, ALTER INDEX ${quoteName(schema, name)} ATTACH PARTITION that index;`;
}
