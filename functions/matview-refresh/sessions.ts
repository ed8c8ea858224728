import type { Client } from 'pg';

/**
 * A session reports what it did when it ends, or else after it has been idle for 10 s, and not at all while it is
 * inside of a later transaction; the rest is for a server that is slow. Must not be less than that.
 */
export const quietSeconds = 15;

/** Another session of this database that may hold back what it did, or is at work. */
export interface Session {
  readonly pid: number;
  readonly applicationName: string | null;
  /** `client backend` and its like; null where it is hidden from us. */
  readonly kind: string | null;
  readonly state: string | null;
  /** ISO 8601: since when it has been in this state. */
  readonly since: string | null;
  /** Sends changes to a subscriber, and can write nothing since it began to. */
  readonly isStreaming: boolean;
}

export interface Look {
  /** ISO 8601: the moment that the look is about. What began later is not seen, and is not about it. */
  readonly at: string;
  readonly sessions: readonly Session[];
}

const iso = (time: string) => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * What a refresh of ours is called that has its session to itself. Before it began, the session had reported all that
 * it did; and while it has a transaction id, it has committed nothing since: Postgres takes that away in the moment in
 * which others see the transaction's work. Behind a pooler the session was somebody else's, and bears another name.
 */
const refreshOfOurs = '^nightshift matview-refresh [0-9a-f]{16}$';

/**
 * Sessions of other databases write nothing here, nor do those of none, and neither an autovacuum worker nor a parallel
 * one writes a row. Whose state is hidden or not tracked is in doubt, and so is a background worker. Our own session
 * reports before the answer is sent, since behind a pooler it may have been somebody else's a moment ago.
 */
const lookSql = /* sql */ `
  SELECT ${iso('now()')} AS at, pg_stat_force_next_flush(),
         coalesce((
           SELECT jsonb_agg(jsonb_build_object(
                    'pid', pid, 'applicationName', application_name, 'kind', backend_type, 'state', state,
                    'since', ${iso('state_change')},
                    'isStreaming', coalesce(backend_type = 'walsender' AND state = 'active' AND query ~* '^\\s*START_REPLICATION', false)))
             FROM pg_stat_activity
            WHERE pid <> pg_backend_pid()
              AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND backend_type IS DISTINCT FROM 'autovacuum worker' AND backend_type IS DISTINCT FROM 'parallel worker'
              AND (backend_type = 'client backend' AND usename = session_user AND application_name ~ '${refreshOfOurs}'
                   AND backend_xid IS NOT NULL) IS NOT TRUE
              AND (backend_type IN ('client backend', 'walsender') AND state = 'idle' AND xact_start IS NULL
                   AND state_change <= now() - make_interval(secs => $1)) IS NOT TRUE
         ), '[]') AS sessions`;

/**
 * Sessions that have not been idle, outside of a transaction, for so long. Call it outside of a transaction, and read
 * counters in a later one: what anyone had committed by `at` has then been counted, or is held back by one of these.
 */
export async function lookAtSessions(client: Client, idleSeconds: number): Promise<Look> {
  if (client.getTransactionStatus() === 'T')
    throw new Error('Sessions were looked at inside of a transaction, which vouches for nothing.');
  const { rows } = await client.query<Look>(lookSql, [idleSeconds]);
  const [look] = rows;
  if (!look) throw new Error('A query that always answers one row answered none.');
  return { at: look.at, sessions: look.sessions };
}

/** `session 4711 (app) may not have reported what it did: active since 2026-01-02T03:04:05.678Z`. */
export function describeSession({ pid, applicationName, kind, state, since }: Session): string {
  const who = [applicationName, kind === 'client backend' ? null : kind].filter(Boolean).join(', ');
  const what =
    state === null ? 'what it does is hidden' : `${state}${since === null ? '' : ` since ${since}`}`;
  return `session ${pid}${who === '' ? '' : ` (${who})`} may not have reported what it did: ${what}`;
}
