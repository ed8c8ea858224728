import type { Client } from 'pg';
import type { ViewEdge } from './shrinking-views.ts';

/**
 * What each view reads; the definition of those alone that read one of the given relations themselves. Postgres locks
 * all that a view reads while it writes the definition down: where somebody holds one of them locked, it is left out.
 */
const viewsSql = /* sql */ `
  WITH locked AS MATERIALIZED (
    SELECT relation FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
  SELECT DISTINCT ON (v.oid, d.refobjid) v.oid::text AS id, n.nspname AS schema, v.relname AS name,
    v.relkind = 'm' AS materialized, d.refobjid::text AS reads,
    CASE WHEN d.refobjid = ANY ($1::oid[]) AND NOT EXISTS (
      SELECT FROM pg_depend other JOIN locked ON locked.relation = other.refobjid
       WHERE other.classid = 'pg_rewrite'::regclass AND other.objid = r.oid AND other.refclassid = 'pg_class'::regclass)
      THEN pg_get_viewdef(v.oid) END AS definition
  FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class JOIN pg_namespace n ON n.oid = v.relnamespace
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
  WHERE v.relkind IN ('v', 'm') AND d.refobjid <> v.oid AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;

interface ViewRow {
  readonly id: string;
  readonly schema: string;
  readonly name: string;
  readonly materialized: boolean;
  readonly reads: string;
  readonly definition: string | null;
}

/** Every user's view with what it reads. `ids` are `oid`s, as text, of the tables that are asked about. */
export async function readViewEdges(client: Client, ids: readonly string[]): Promise<ViewEdge[]> {
  const { rows } = await client.query<ViewRow>(viewsSql, [ids]);
  return rows.map(({ reads, ...view }) => ({ view, reads }));
}
