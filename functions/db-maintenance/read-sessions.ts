import type { Client } from 'pg';
import { schemaOfExtension } from '../../shared/postgres/extension-schema.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { commandSql, shownCommand, shownText } from '../../shared/postgres/shown-statement.ts';
import type { EndLimits } from './event.ts';
import type { SessionFact } from './facts.ts';

const most = 100;

/** Whether a text may be of more than one reading statement: it is cut off, has more after a `;`, or words that write. */
const mayWriteSql = /* sql */ `(a.query ~ ';\\s*\\S' OR a.query ~* '\\m(INTO|INSERT|UPDATE|DELETE|MERGE)\\M'
  OR octet_length(a.query) + 5 > pg_size_bytes(current_setting('track_activity_query_size')))`;

/** Of this database, and of what runs in it for somebody: never replication, autovacuum or another worker of the server. */
const sessionsSql = (statements: string) => /* sql */ `
  WITH seen AS (
    SELECT a.*, ${commandSql('a.query')} AS command, ${mayWriteSql} AS may_write, clock_timestamp() AS at FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
  ), over AS (
    SELECT *, 'select' AS kind, extract(epoch FROM at - query_start) / 60 AS minutes FROM seen
     WHERE state = 'active' AND command IN ('SELECT', 'WITH', 'TABLE', 'VALUES') AND at - query_start > make_interval(secs => $1::float8 * 60)
    UNION ALL
    SELECT *, 'idle in transaction', extract(epoch FROM at - state_change) / 60 FROM seen
     WHERE state LIKE 'idle in transaction%' AND at - state_change > make_interval(secs => $2::float8 * 60)
  )
  SELECT o.pid, coalesce(o.usename, '?') AS user, left(o.application_name, 63) AS application, o.kind, o.minutes::float8,
    o.backend_start::text AS "backendStart", o.query_start::text AS "queryStart", o.state_change::text AS "stateChange",
    coalesce(o.command, '?') AS command, o.query_id::text AS "queryId", ${statements} AS text,
    CASE WHEN o.usename = session_user OR starts_with(o.application_name, 'nightshift ') THEN 'it is Nightshift itself'
      WHEN r.rolsuper OR r.rolreplication THEN 'its user is a superuser, or replicates'
      WHEN o.usename ~ '^rds' OR EXISTS (SELECT FROM pg_roles s WHERE s.rolname ~ '^rds_(superuser|replication)$' AND pg_has_role(r.oid, s.oid, 'USAGE'))
        THEN 'its user belongs to RDS, or administers it'
      WHEN r.oid IS NULL THEN 'nobody knows its user'
      -- Without a transaction id it has written nothing, whatever it is.
      WHEN o.kind = 'select' AND o.may_write AND o.backend_xid IS NOT NULL
        THEN 'its transaction writes, and nobody can tell that its statement does not' END AS spared
  FROM over o LEFT JOIN pg_roles r ON r.oid = o.usesysid
  ORDER BY minutes DESC, o.pid LIMIT ${most}`;

/** Sessions over their limit, with what runs in them, or ran last. A limit that is not given finds nobody. */
export async function readSessions(
  client: Client,
  { selectsOverMinutes, idleInTransactionMinutes }: EndLimits,
): Promise<SessionFact[]> {
  const schema = await schemaOfExtension(client, 'pg_stat_statements');
  const text = schema
    ? /* sql */ `(SELECT min(s.query) FROM ${quoteName(schema, 'pg_stat_statements')} s WHERE s.queryid = o.query_id AND s.dbid = o.datid)`
    : 'NULL::text';
  await client.query('SELECT pg_stat_clear_snapshot()');
  const values = [selectsOverMinutes ?? null, idleInTransactionMinutes ?? null];
  const { rows } = await client.query<SessionFact>(sessionsSql(text), values);
  return rows.map((row) => ({ ...row, command: shownCommand(row.command), text: shownText(row.text) }));
}

/** Of sessions of others this role sees no more than that they are there, without this privilege. */
export async function maySeeSessions(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    `SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS may`,
  );
  return rows[0]?.may ?? false;
}
