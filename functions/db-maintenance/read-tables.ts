import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import type { ServerFact, TableFact } from './facts.ts';
import { freezeShare } from './freeze-share.ts';
import { ownVacuums } from './own-work.ts';
import { lackOfMaintain, mayVacuum, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

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
 * Nobody counts what changes in a partitioned table: that is what changed in its partitions since they were analyzed,
 * and all rows of those that autovacuum has analyzed since it was.
 */
const partitionedSql = /* sql */ `
  WITH RECURSIVE tree AS (
    SELECT i.inhparent AS parent, i.inhrelid AS child FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent AND c.relkind = 'p'
    UNION ALL SELECT t.parent, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.child
  ), leaves AS (
    SELECT t.parent, greatest(pg_stat_get_live_tuples(c.oid), c.reltuples, 0)::float8 AS live,
      pg_stat_get_mod_since_analyze(c.oid)::float8 AS changed,
      pg_stat_get_last_autoanalyze_time(c.oid) > pg_stat_get_last_analyze_time(t.parent) AS is_anew
    FROM tree t JOIN pg_class c ON c.oid = t.child AND c.relkind IN ('r', 'm')
  ) SELECT parent, sum(live) AS live, sum(CASE WHEN is_anew THEN live ELSE changed END) AS changed FROM leaves GROUP BY parent`;

/**
 * Sizes are those of the last VACUUM: asking for them now would wait for whoever locks a table. Of TOAST, only how old
 * its transaction ids are. `$5` to `$7` and `$9` are the limits, as the plan holds facts against them; `$8` what is not
 * asked for again.
 */
const tablesSql = (major: number, archived: string) => /* sql */ `
  WITH archived AS (${archived}), partitioned AS (${partitionedSql}), aged AS (
    SELECT coalesce(o.oid, c.oid) AS owner_oid, ${freezeShare('c')} AS share
    FROM pg_class c LEFT JOIN pg_class o ON o.reltoastrelid = c.oid AND c.relkind = 't'
    WHERE c.relkind IN ('r', 'm', 't', 'p') AND c.relpersistence <> 't'
  ), ages AS (SELECT owner_oid, max(share) AS share FROM aged GROUP BY owner_oid
  ), busy AS MATERIALIZED (
    SELECT relid FROM pg_stat_progress_vacuum WHERE datname = current_database() AND pid NOT IN (${ownVacuums})
  ), known AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relisshared, a.share,
      n.nspname IN ('pg_catalog', 'information_schema') AS is_system,
      (c.relpages + coalesce(t.relpages, 0)) * current_setting('block_size')::float8 AS bytes,
      coalesce(p.live, greatest(pg_stat_get_live_tuples(c.oid), c.reltuples, 0)::float8) AS live,
      pg_stat_get_dead_tuples(c.oid)::float8 AS dead,
      coalesce(p.changed, pg_stat_get_mod_since_analyze(c.oid)::float8) AS changed,
      pg_stat_get_ins_since_vacuum(c.oid)::float8 AS inserted,
      greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed,
      greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed,
      r.at AS archived_at
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN ages a ON a.owner_oid = c.oid
    LEFT JOIN pg_class t ON t.oid = c.reltoastrelid LEFT JOIN archived r ON r.id = c.oid LEFT JOIN partitioned p ON p.parent = c.oid
    WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't' AND NOT (c.oid = ANY ($8::oid[]))
      -- A partitioned table without partitions has nothing.
      AND (c.relkind <> 'p' OR p.parent IS NOT NULL)
      AND (a.share >= $7 OR ${inScope('c')})
  ), judged AS (
    SELECT *, coalesce(archived_at > coalesce(vacuumed, '-infinity') AND dead > 0, false) AS is_archived FROM known
    WHERE share >= $7 OR (NOT is_system AND (
      (relkind <> 'p' AND (dead >= $6 AND dead / greatest(1, live + dead) >= $5
        OR inserted >= $6 AND inserted / greatest(1, live) >= $5 OR vacuumed IS NULL AND live >= $6))
      OR changed >= $6 AND changed / greatest(1, live) >= $9 OR analyzed IS NULL AND (live > 0 OR relkind = 'p')
      OR archived_at > coalesce(vacuumed, '-infinity') AND dead > 0))
  )
  SELECT oid::text AS id, nspname AS schema, relname AS name,
    CASE WHEN is_system THEN 'system table' WHEN relkind = 'm' THEN 'materialized view' WHEN relkind = 'p' THEN 'partitioned table'
      ELSE 'table' END AS kind,
    bytes, live AS "liveRows", dead AS "deadRows", changed AS "changedRows", inserted AS "insertedRows",
    vacuumed IS NOT NULL AS "isVacuumed", analyzed IS NOT NULL AS "isAnalyzed", share AS "freezeShare", is_archived AS "isArchived",
    oid IN (SELECT relid FROM busy) AS "isBeingVacuumed",
    ${mayVacuum('judged', major)} AS may, ${ownerOf('judged')},
    ${
      major >= 18
        ? /* sql */ `(SELECT (total_vacuum_time + total_autovacuum_time) / nullif(vacuum_count + autovacuum_count, 0) / 1000
            FROM pg_stat_all_tables s WHERE s.relid = judged.oid)`
        : 'NULL::float8'
    } AS "expectedSeconds"
  FROM judged`;

type Row = Omit<TableFact, 'lack'> & { may: boolean; owner: string; isOfSuperuser: boolean };

/** Every table that needs VACUUM or ANALYZE by these limits, in no order: the plan says why, and which goes first. */
export async function readTables(
  client: Client,
  { major, role }: Pick<ServerFact, 'major' | 'role'>,
  { deadShare, staleShare, leastRows, wraparoundShare }: DbMaintenanceConfig['vacuum'],
  scope: Scope,
  exceptIds: readonly string[] = [],
): Promise<TableFact[]> {
  const ledger = await client.query<{ there: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass('nightshift.archive_batches'), 'SELECT'), false) AS there`,
  );
  const sql = tablesSql(major, ledger.rows[0]?.there ? archivedSql : nothingArchivedSql);
  const limits = [deadShare, leastRows, wraparoundShare, exceptIds, staleShare];
  const { rows } = await client.query<Row>(sql, [...scopeValues(scope), ...limits]);
  return rows.map(({ may, owner, isOfSuperuser, ...table }) => ({
    ...table,
    lack: may ? null : lackOfMaintain({ ...table, owner, isOfSuperuser }, role, major),
  }));
}
