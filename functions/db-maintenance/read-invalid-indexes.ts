import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { InvalidIndexFact, ServerFact } from './facts.ts';
import { lackOfOwnership, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

const most = 200;

/**
 * The original is a valid index of the same table and making whose name, as far as it fitted, begins the leftover's.
 * Whoever builds and cannot be seen into counts as building on every table.
 */
const invalidSql = /* sql */ `
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, t.relname AS "table", ${ownerOf('c')},
    c.relpages * current_setting('block_size')::float8 AS bytes, pg_has_role(c.relowner, 'USAGE') AS may,
    (SELECT o.relname FROM pg_index v JOIN pg_class o ON o.oid = v.indexrelid
      WHERE v.indrelid = i.indrelid AND v.indisvalid AND v.indislive AND o.relnamespace = c.relnamespace AND o.relam = c.relam
        AND v.indkey = i.indkey AND v.indclass = i.indclass AND v.indcollation = i.indcollation AND v.indoption = i.indoption
        AND v.indnkeyatts = i.indnkeyatts AND v.indisunique = i.indisunique
        AND v.indexprs::text IS NOT DISTINCT FROM i.indexprs::text AND v.indpred::text IS NOT DISTINCT FROM i.indpred::text
        AND (o.relname = b.base OR octet_length(c.relname) >= 60 AND starts_with(o.relname, b.base))
      ORDER BY o.relname = b.base DESC, o.relname LIMIT 1) AS original,
    EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid) AS "isOfConstraint",
    EXISTS (SELECT FROM pg_stat_progress_create_index p
      WHERE p.datname IS NOT DISTINCT FROM current_database() AND (p.relid IS NULL OR p.relid IN (i.indrelid, 0))) AS "isBeingBuilt"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (SELECT regexp_replace(c.relname, '_cc(new|old)\\d*$', '') AS base) b
  WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
    AND ${inScope('n.nspname', 't.relname')} AND ($5::oid IS NULL OR c.oid = $5::oid)
  ORDER BY c.oid LIMIT ${most}`;

interface Row extends Omit<InvalidIndexFact, 'lack' | 'tableName'> {
  table: string;
  owner: string;
  isOfSuperuser: boolean;
  may: boolean;
}

/** Indexes that building left invalid; with an id, this one alone, as it is now. */
export async function readInvalidIndexes(
  client: Client,
  { role }: Pick<ServerFact, 'role'>,
  scope: Scope,
  id: string | null = null,
): Promise<InvalidIndexFact[]> {
  const { rows } = await client.query<Row>(invalidSql, [...scopeValues(scope), id]);
  return rows.map(({ table, owner, isOfSuperuser, may, original, ...index }) => ({
    ...index,
    tableName: formatTableName({ schema: index.schema, name: table }),
    original: original && formatTableName({ schema: index.schema, name: original }),
    lack: may ? null : lackOfOwnership({ ...index, name: table, owner, isOfSuperuser }, role),
  }));
}
