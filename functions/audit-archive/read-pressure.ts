import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { PressureFact } from './facts.ts';

/** Our own sessions are left out: what they wait for is each other. `$3` is what their names begin with. */
const pressureSql = /* sql */ `
  SELECT (SELECT coalesce(max(extract(epoch FROM replay_lag)), 0)::float8 FROM pg_stat_replication HAVING count(*) > 0) AS "replicaLagSeconds",
    coalesce((SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) / 60 FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND NOT starts_with(application_name, $3)), 0)::float8 AS "oldestTransactionMinutes",
    (SELECT count(DISTINCT l.pid)::integer FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_activity a ON a.pid = l.pid
       JOIN unnest($1::text[], $2::text[]) t (schema, name) ON t.schema = n.nspname AND t.name = c.relname
      WHERE NOT l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND NOT starts_with(a.application_name, $3)) AS "waitingSessions"`;

/** What the database is going through at this moment. `ownName` is what `application_name` of our sessions begins with. */
export async function readPressure(
  client: Client,
  tables: readonly TableName[],
  ownName: string,
): Promise<PressureFact> {
  const values = [tables.map(({ schema }) => schema), tables.map(({ name }) => name), ownName];
  const { rows } = await client.query<PressureFact>(pressureSql, values);
  const [pressure] = rows;
  if (pressure) return pressure;
  throw new Error('A query that always answers one row answered none.');
}
