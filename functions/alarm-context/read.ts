import type { Client } from 'pg';
import type { DatabaseContext } from '../../shared/alarm/page.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { schemaOfExtension } from '../../shared/postgres/extension-schema.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { commandSql, shownCommand, shownText } from '../../shared/postgres/shown-statement.ts';

/** Few enough to be read on a telephone. */
const mostStatements = 5;
const mostLocks = 8;
const mostHeads = 3;

/** What a database is doing now, in four looks at `pg_stat_activity`: nothing in it is a literal of anybody's row. */
export async function readDoings(client: Client): Promise<DatabaseContext> {
  await client.query('BEGIN READ ONLY');
  const connections = await readConnections(client);
  const statements = await readStatements(client);
  const locks = await readLocks(client);
  await client.query('COMMIT');
  return { ...connections, statements, locks };
}

type Connections = Pick<DatabaseContext, 'connections' | 'maxConnections' | 'longestTransactionSeconds'>;

interface ConnectionRow {
  readonly state: string;
  readonly count: number;
  readonly longest: number | null;
  readonly most: number;
}

/** Of the whole server: its limit is one for all its databases. */
async function readConnections(client: Client): Promise<Connections> {
  const { rows } = await client.query<ConnectionRow>(/* sql */ `
    SELECT coalesce(state, 'hidden') AS state, count(*)::int AS count,
      max(extract(epoch FROM clock_timestamp() - xact_start))::float8 AS longest,
      current_setting('max_connections')::int AS most
    FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    GROUP BY 1 ORDER BY 2 DESC, 1`);
  const longest = rows.flatMap((row) => row.longest ?? []);
  return {
    connections: Object.fromEntries(rows.map(({ state, count }) => [state, count])),
    maxConnections: rows[0]?.most ?? (await readMost(client)),
    longestTransactionSeconds: longest.length > 0 ? Math.round(Math.max(...longest)) : null,
  };
}

/** Where nobody else is connected. */
async function readMost(client: Client): Promise<number> {
  const { rows } = await client.query<{ most: number }>(
    `SELECT current_setting('max_connections')::int AS most`,
  );
  return rows[0]?.most ?? 0;
}

interface StatementRow {
  readonly command: string | null;
  readonly text: string | null;
  readonly seconds: number;
  readonly state: string;
}

/** What has been running for longest, by its normalised text where `pg_stat_statements` has one, else by its word. */
async function readStatements(client: Client): Promise<DatabaseContext['statements']> {
  const schema = await schemaOfExtension(client, 'pg_stat_statements');
  // Looked for once, for all of them: each look reads every text that there is, which are many megabytes.
  const texts = schema
    ? /* sql */ `SELECT s.queryid, s.dbid, min(s.query) AS text FROM ${quoteName(schema, 'pg_stat_statements')} s
        WHERE s.queryid IN (SELECT query_id FROM longest) GROUP BY 1, 2`
    : 'SELECT NULL::bigint AS queryid, NULL::oid AS dbid, NULL::text AS text';
  const { rows } = await client.query<StatementRow>(/* sql */ `
    WITH longest AS MATERIALIZED (
      SELECT *, extract(epoch FROM clock_timestamp() - query_start)::float8 AS seconds FROM pg_stat_activity
      WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
      ORDER BY query_start LIMIT ${mostStatements}
    ), texts AS MATERIALIZED (${texts})
    SELECT ${commandSql('a.query')} AS command, t.text, a.seconds,
      CASE WHEN a.wait_event_type IS NULL THEN 'running' ELSE 'waits for ' || a.wait_event_type END AS state
    FROM longest a LEFT JOIN texts t ON t.queryid = a.query_id AND t.dbid = a.datid ORDER BY a.seconds DESC`);
  return rows.map(({ command, text: found, seconds, state }) => ({
    text: shownText(found) ?? shownCommand(command),
    seconds: Math.round(seconds * 10) / 10,
    state,
  }));
}

interface LockRow {
  readonly pid: number;
  readonly blockers: readonly number[];
  readonly seconds: number | null;
  readonly what: string;
}

/** At whose head somebody stands who waits for nobody: that one first, then who waits. */
async function readLocks(client: Client): Promise<string[]> {
  const { rows } = await client.query<LockRow>(/* sql */ `
    SELECT l.pid, pg_blocking_pids(l.pid) AS blockers,
      extract(epoch FROM clock_timestamp() - l.waitstart)::float8 AS seconds,
      CASE WHEN l.relation IS NOT NULL THEN 'relation ' || l.relation::regclass::text ELSE l.locktype END AS what
    FROM pg_locks l WHERE NOT l.granted AND l.pid <> pg_backend_pid()
      AND (l.database IS NULL OR l.database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))
    ORDER BY l.waitstart NULLS LAST LIMIT ${mostLocks}`);
  const heads =
    rows.length === 0 ? [] : await readHeads(client, [...new Set(rows.flatMap(({ blockers }) => blockers))]);
  return [...heads, ...rows.map(describeLock)];
}

function describeLock({ pid, blockers, seconds, what }: LockRow): string {
  const since = seconds === null ? '' : ` ${Math.round(seconds)} s`;
  const whom = blockers.length > 0 ? blockers.join(', ') : 'whoever comes before it';
  return `${pid} waits${since} for ${whom} (${what})`;
}

interface HeadRow {
  readonly pid: number;
  readonly role: string | null;
  readonly state: string;
  readonly seconds: number | null;
}

/** Of those who block others, the ones that wait for nobody: the others go on when these end. */
async function readHeads(client: Client, blockers: readonly number[]): Promise<string[]> {
  const { rows } = await client.query<HeadRow>(
    /* sql */ `
    SELECT a.pid, a.usename AS role, coalesce(a.state, 'of unknown state') AS state,
      extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds
    FROM pg_stat_activity a
    WHERE a.pid = ANY ($1) AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted)
    ORDER BY a.xact_start NULLS LAST LIMIT ${mostHeads}`,
    [blockers],
  );
  return rows.map(({ pid, role, state, seconds }) => {
    const open = seconds === null ? '' : `, its transaction open for ${describeHours(seconds / 3_600)}`;
    return `${pid} waits for nobody, and others for it: ${state}${open}, role ${role ?? 'unknown'}`;
  });
}
