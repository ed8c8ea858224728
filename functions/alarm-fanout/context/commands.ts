import type { Alert } from '../../../shared/alarm/alert.ts';
import type { PageCommand } from '../../../shared/alarm/page.ts';

/** The query or the call that shows more of exactly this alarm; of others than a database's, none. */
export function commandsFor({ metric, name, instance }: Alert): PageCommand[] {
  const found = metric ? byMetric.get(metric.name) : byName.find(([ends]) => ends.test(name))?.[1];
  // Somebody pastes it into a shell: what is no identifier stays out of it.
  const known = instance !== null && /^[a-z][a-z0-9-]{0,62}$/i.test(instance) ? instance : 'INSTANCE';
  return (found ?? []).map(({ what, text }) => ({ what, text: text.replaceAll('INSTANCE', known) }));
}

const connections: PageCommand = {
  what: 'Who holds connections',
  text: 'SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC',
};
const longest: PageCommand = {
  what: 'What has run for longest',
  text: 'SELECT pid, usename, state, now() - xact_start AS open_for, wait_event FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 10',
};
const statements: PageCommand = {
  what: 'The statements that take most time',
  text: 'SELECT queryid, calls, mean_exec_time, total_exec_time, left(query, 80) FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 10',
};
const tables: PageCommand = {
  what: 'The largest tables',
  text: 'SELECT relid::regclass, pg_size_pretty(pg_total_relation_size(relid)) FROM pg_stat_user_tables ORDER BY pg_total_relation_size(relid) DESC LIMIT 10',
};
const slots: PageCommand = {
  what: 'What replication slots hold back',
  text: 'SELECT slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) FROM pg_replication_slots',
};
const storage: PageCommand = {
  what: 'The storage that there is, and how far it may grow',
  text: 'aws rds describe-db-instances --db-instance-identifier INSTANCE --query "DBInstances[0].[AllocatedStorage,MaxAllocatedStorage,DBInstanceStatus]"',
};
const replication: PageCommand = {
  what: 'How far the replica is behind (asked of the replica)',
  text: 'SELECT now() - pg_last_xact_replay_timestamp() AS behind, pg_is_in_recovery()',
};
const conflicts: PageCommand = {
  what: 'What holds the replay up (asked of the replica)',
  text: "SELECT pid, usename, now() - xact_start AS open_for FROM pg_stat_activity WHERE xact_start IS NOT NULL AND backend_type = 'client backend' ORDER BY xact_start LIMIT 10",
};
const status: PageCommand = {
  what: 'Whether the instance runs',
  text: 'aws rds describe-db-instances --db-instance-identifier INSTANCE --query "DBInstances[0].DBInstanceStatus"',
};
const events: PageCommand = {
  what: 'What RDS told of it within three hours',
  text: 'aws rds describe-events --source-type db-instance --source-identifier INSTANCE --duration 180',
};
const ages: PageCommand = {
  what: 'The tables whose transaction ids are oldest',
  text: "SELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 'm', 't') ORDER BY 2 DESC LIMIT 10",
};

const byMetric: ReadonlyMap<string, readonly PageCommand[]> = new Map([
  ['DatabaseConnections', [connections, longest]],
  ['CPUUtilization', [statements, longest]],
  ['FreeableMemory', [connections, statements]],
  ['SwapUsage', [connections, statements]],
  ['DiskQueueDepth', [statements, longest]],
  ['ReadLatency', [statements, longest]],
  ['WriteLatency', [statements, longest]],
  ['FreeStorageSpace', [storage, tables, slots]],
  ['TransactionLogsDiskUsage', [slots, storage]],
  ['OldestReplicationSlotLag', [slots]],
  ['ReplicationSlotDiskUsage', [slots]],
  ['ReplicaLag', [replication, conflicts]],
  ['MaximumUsedTransactionIDs', [ages, longest]],
]);

/** Of what has no metric: an instance that is down, and what RDS tells, which is called `rds/<instance>/<condition>`. */
const byName: readonly (readonly [RegExp, readonly PageCommand[]])[] = [
  [/^rds\/[^/]+\/(storage|log-volume)-/, [storage, tables, slots]],
  [/^rds\/[^/]+\/(not-running|failed|failing-over|key-inaccessible)$|-down$/, [status, events]],
];
