import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { CheckFact } from './facts.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

/** Every table and valid B-tree index that can be looked through, smallest facts of each. */
const checksSql = /* sql */ `
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, CASE WHEN c.relkind = 'i' THEN 'index' ELSE 'table' END AS kind,
    greatest(c.relpages, 1) * current_setting('block_size')::float8 AS bytes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
    LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class t ON t.oid = i.indrelid
  WHERE c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (c.relkind IN ('r', 'm') AND a.amname = 'heap'
      OR c.relkind = 'i' AND a.amname = 'btree' AND i.indisvalid AND i.indisready AND i.indislive)
    AND ${inScope('n.nspname', 'coalesce(t.relname, c.relname)')}
  ORDER BY c.oid`;

const doneSql = /* sql */ `
  SELECT object, max(ended_at) AS at FROM nightshift.integrity_checks WHERE ended_at IS NOT NULL AND finding IS NULL GROUP BY object`;

export async function readChecks(client: Client, scope: Scope): Promise<CheckFact[]> {
  const done = await client.query<{ object: string; at: Date }>(doneSql);
  const checkedAt = new Map(done.rows.map(({ object, at }) => [object, at.toISOString()]));
  const { rows } = await client.query<Omit<CheckFact, 'checkedAt'>>(checksSql, scopeValues(scope));
  return rows.map((object) => ({ ...object, checkedAt: checkedAt.get(formatTableName(object)) ?? null }));
}
