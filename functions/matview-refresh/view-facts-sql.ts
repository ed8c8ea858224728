import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { IndexFact, Standing } from './judge-view.ts';

/** A materialized view as the catalog has it. */
export interface ViewFact extends TableName {
  readonly id: string;
  readonly populated: boolean;
  readonly bytes: number;
  readonly indexes: readonly IndexFact[];
  readonly standing: Standing;
}

/** Whose size is asked for is locked for a moment: of what somebody holds locked, the last VACUUM's is taken. */
const viewsSql = /* sql */ `
  WITH locked AS MATERIALIZED (
    SELECT relation FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, c.relispopulated AS populated,
         coalesce(CASE WHEN c.oid IN (SELECT relation FROM locked) THEN c.relpages * current_setting('block_size')::float8
                       ELSE pg_total_relation_size(c.oid)::float8 END, 0) AS bytes,
         coalesce((SELECT json_agg(json_build_object('name', ic.relname, 'isUnique', i.indisunique,
                     'isValid', i.indisvalid AND i.indislive, 'isImmediate', i.indimmediate,
                     'hasExpressions', i.indexprs IS NOT NULL, 'isPartial', i.indpred IS NOT NULL) ORDER BY ic.relname)
                     FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid), '[]') AS indexes,
         json_build_object('role', current_user, 'owner', o.rolname,
           'ownerIsMighty', o.rolsuper OR o.rolname ~ '^(rds|pg_)',
           'isMember', pg_has_role(c.relowner, 'MEMBER'), 'hasRightsOfOwner', pg_has_role(c.relowner, 'USAGE'),
           'maintains', CASE WHEN current_setting('server_version_num')::int >= 170000
                             THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END,
           'mayUseSchema', has_schema_privilege(n.oid, 'USAGE'),
           'serverVersion', current_setting('server_version_num')::int) AS standing
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
   WHERE c.relkind = 'm' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   ORDER BY n.nspname, c.relname`;

/** Every materialized view, by its name. */
export async function readViewFacts(client: Client): Promise<ViewFact[]> {
  return (await client.query<ViewFact>(viewsSql)).rows;
}

const treesSql = /* sql */ `
  SELECT ev_class::text AS id, ev_action::text AS tree FROM pg_rewrite WHERE ev_class = ANY ($1::oid[])`;

const treesAtOnce = 100;

/** Calls `use` with each view's stored tree, some at a time, since each may have a hundred kilobytes. */
export async function readTrees(
  client: Client,
  ids: readonly string[],
  use: (id: string, tree: string) => void,
): Promise<void> {
  for (let at = 0; at < ids.length; at += treesAtOnce) {
    const some = ids.slice(at, at + treesAtOnce);
    const { rows } = await client.query<{ id: string; tree: string }>(treesSql, [some]);
    for (const { id, tree } of rows) use(id, tree);
  }
}
