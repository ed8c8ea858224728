import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import type { ServerFact, TableFact } from './facts.ts';
import { lackOfMaintain, mayVacuum, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

/** So many are planned at once; what is done is no longer among them, and makes room for others. */
const most = 200;

/** When rows were last taken out of a table, or of a partition, by audit-archive. */
const archivedSql = /* sql */ `
  WITH RECURSIVE moved AS (
    SELECT to_regclass(policy)::oid AS id, max(committed_at) AS at FROM nightshift.archive_batches GROUP BY policy
  ), parts AS (
    SELECT id, at FROM moved WHERE id IS NOT NULL
    UNION SELECT i.inhrelid, p.at FROM pg_inherits i JOIN parts p ON i.inhparent = p.id
  ) SELECT id, max(at) AS at FROM parts GROUP BY id`;
const nothingArchivedSql = 'SELECT NULL::oid AS id, NULL::timestamptz AS at';

/**
 * Sizes are those of the last VACUUM: asking for them now would wait for whoever locks a table. Of TOAST, only how old
 * its transaction ids are. `$5` to `$7` are the limits, `$8` what is not asked for again.
 */
const tablesSql = (major: number, archived: string) => /* sql */ `
  WITH archived AS (${archived}), aged AS (
    SELECT c.oid, coalesce(o.oid, c.oid) AS owner_oid, greatest(
      CASE WHEN c.relfrozenxid::text <> '0' THEN age(c.relfrozenxid) / least(current_setting('autovacuum_freeze_max_age')::float8,
        (SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_freeze_max_age')) END,
      CASE WHEN c.relminmxid::text <> '0' THEN mxid_age(c.relminmxid) / least(current_setting('autovacuum_multixact_freeze_max_age')::float8,
        (SELECT option_value::float8 FROM pg_options_to_table(c.reloptions) WHERE option_name = 'autovacuum_multixact_freeze_max_age')) END,
      0) AS share
    FROM pg_class c LEFT JOIN pg_class o ON o.reltoastrelid = c.oid AND c.relkind = 't'
    WHERE c.relkind IN ('r', 'm', 't', 'p') AND c.relpersistence <> 't'
  ), ages AS (SELECT owner_oid, max(share) AS share FROM aged GROUP BY owner_oid
  ), known AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relisshared, a.share,
      n.nspname IN ('pg_catalog', 'information_schema') AS is_system,
      (c.relpages + coalesce(t.relpages, 0)) * current_setting('block_size')::float8 AS bytes,
      greatest(pg_stat_get_live_tuples(c.oid), c.reltuples, 0)::float8 AS live,
      pg_stat_get_dead_tuples(c.oid)::float8 AS dead, pg_stat_get_mod_since_analyze(c.oid)::float8 AS changed,
      pg_stat_get_ins_since_vacuum(c.oid)::float8 AS inserted,
      greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed,
      greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed,
      r.at AS archived_at
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ages a ON a.owner_oid = c.oid
    LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN archived r ON r.id = c.oid
    WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND NOT (c.oid = ANY ($8::oid[]))
      AND (a.share >= $7 OR ${inScope('n.nspname', 'c.relname')})
  ), judged AS (
    SELECT *, coalesce(archived_at > coalesce(vacuumed, '-infinity') AND dead > 0, false) AS is_archived FROM known
    WHERE share >= $7 OR (NOT is_system AND (
      (relkind <> 'p' AND (greatest(dead, changed, inserted) >= $6 AND greatest(dead / (live + dead + 1), changed / (live + 1), inserted / (live + 1)) >= $5
        OR vacuumed IS NULL AND live >= $6))
      OR analyzed IS NULL AND (live > 0 OR relkind = 'p' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = known.oid))
      OR archived_at > coalesce(vacuumed, '-infinity') AND dead > 0))
  )
  SELECT oid::text AS id, nspname AS schema, relname AS name,
    CASE WHEN is_system THEN 'system table' WHEN relkind = 'm' THEN 'materialized view' WHEN relkind = 'p' THEN 'partitioned table'
      ELSE 'table' END AS kind,
    bytes, live AS "liveRows", dead AS "deadRows", changed AS "changedRows", inserted AS "insertedRows",
    vacuumed IS NOT NULL AS "isVacuumed", analyzed IS NOT NULL AS "isAnalyzed", share AS "freezeShare", is_archived AS "isArchived",
    EXISTS (SELECT FROM pg_stat_progress_vacuum p WHERE p.relid = judged.oid AND p.datname = current_database()) AS "isBeingVacuumed",
    ${mayVacuum('judged', major)} AS may, ${ownerOf('judged')},
    ${
      major >= 18
        ? /* sql */ `(SELECT (total_vacuum_time + total_autovacuum_time) / nullif(vacuum_count + autovacuum_count, 0) / 1000
            FROM pg_stat_all_tables s WHERE s.relid = judged.oid)`
        : 'NULL::float8'
    } AS "expectedSeconds"
  FROM judged
  ORDER BY (share >= $7) DESC, CASE WHEN share >= $7 THEN share END DESC, is_archived DESC, greatest(dead, changed, inserted) DESC, oid
  LIMIT ${most}`;

/** Tables that may need VACUUM or ANALYZE, those first that need it most; a first choice, which the plan judges. */
export async function readTables(
  client: Client,
  { major, role }: Pick<ServerFact, 'major' | 'role'>,
  limits: DbMaintenanceConfig['vacuum'],
  scope: Scope,
  exceptIds: readonly string[] = [],
): Promise<TableFact[]> {
  const { deadShare, staleShare, leastRows, wraparoundShare } = limits;
  const ledger = await client.query<{ there: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass('nightshift.archive_batches'), 'SELECT'), false) AS there`,
  );
  const sql = tablesSql(major, ledger.rows[0]?.there ? archivedSql : nothingArchivedSql);
  const values = [
    ...scopeValues(scope),
    Math.min(deadShare, staleShare),
    leastRows,
    wraparoundShare,
    exceptIds,
  ];
  const { rows } = await client.query<TableFact & { may: boolean; owner: string; isOfSuperuser: boolean }>(
    sql,
    values,
  );
  return rows.map(({ may, owner, isOfSuperuser, ...table }) => ({
    ...table,
    lack: may ? null : lackOfMaintain({ ...table, owner, isOfSuperuser }, role, major),
  }));
}
