import type { Client } from 'pg';

export interface RunningStatement {
  readonly pid: number;
  /** UTC, ISO 8601. */
  readonly beganAt: string;
  /** The lock that it waits for and who holds it, in words; null while it works. */
  readonly waitingFor: string | null;
}

/** One backend at one piece of work: a pooler gives the same backend to others afterwards. */
export interface Session {
  readonly pid: number;
  /** Of the backend, its transaction and its statement; as text, to the microsecond. */
  readonly started: readonly [backend: string, transaction: string | null, statement: string | null];
}

interface Row {
  name: string;
  pid: number;
  started: Session['started'];
  beganAt: Date;
  waitingFor: string | null;
}

/**
 * Which of these names work now, in this database and as this user: whoever may connect can take any name. A
 * transaction that failed and has not been closed yet works no more.
 */
export async function findRunning(
  client: Client,
  names: readonly string[],
): Promise<Map<string, RunningStatement>> {
  const rows = await readSessions(client, names);
  return new Map(
    rows.map(({ name, pid, beganAt, waitingFor }) => [
      name,
      { pid, beganAt: beganAt.toISOString(), waitingFor },
    ]),
  );
}

export async function readSessions(client: Client, names: readonly string[]): Promise<Row[]> {
  // Within a transaction, as behind a pooler, the view would show again and again what it showed first.
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<Row>(
    /* sql */ `
      SELECT application_name AS name, pid,
        ARRAY[backend_start::text, xact_start::text, query_start::text] AS started,
        coalesce(least(xact_start, query_start), backend_start) AS "beganAt",
        CASE WHEN wait_event_type = 'Lock' THEN format('a lock (%s) that %s', wait_event,
          CASE cardinality(pg_blocking_pids(pid)) WHEN 0 THEN 'nobody holds any more'
            ELSE 'session ' || array_to_string(pg_blocking_pids(pid), ', ') || ' holds or waits for' END)
        END AS "waitingFor"
      FROM pg_stat_activity
      WHERE application_name = ANY ($1::text[]) AND datname = current_database() AND usename = session_user
        AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        AND (state IS NULL OR state NOT IN ('idle', 'idle in transaction (aborted)'))
      ORDER BY "beganAt" DESC`,
    [names],
  );
  return rows;
}
