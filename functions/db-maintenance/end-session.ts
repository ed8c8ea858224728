import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SessionFact } from './facts.ts';

export type EndKind =
  | 'cancelled'
  | 'terminated'
  | 'went on by itself'
  | 'did not heed it'
  /** It was signalled, and the connection broke before its end could be seen. */
  | 'not known';

export interface EndOutcome {
  readonly target: string;
  readonly reason: string;
  readonly ended: EndKind;
}

export interface EndPatience {
  /** How long sessions may take to heed pg_cancel_backend. */
  readonly cancelMs: number;
  /** The same of pg_terminate_backend. */
  readonly terminateMs: number;
}

const lookMs = 100;

/** Still what was looked at: the same session, at the same statement or the same rest. */
const sameSql = /* sql */ `
  pid = $1 AND datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
  AND usename = $6 AND backend_start = $2::timestamptz AND query_start IS NOT DISTINCT FROM $3::timestamptz
  AND CASE WHEN $5 = 'select' THEN state = 'active' ELSE state LIKE 'idle in transaction%' AND state_change = $4::timestamptz END`;

/**
 * Cancels what the sessions do, and ends those that this does not help with: what only idles has nothing to cancel. All
 * are waited for together, so that many take no longer than one. One answer for each, in their order; what was found
 * before a connection broke is kept.
 */
export async function endEach(
  client: Client,
  sessions: readonly SessionFact[],
  patience: EndPatience,
): Promise<EndKind[]> {
  const ends = new Map<SessionFact, EndKind>();
  try {
    const cancelled = await signal(client, 'pg_cancel_backend', sessions, ends);
    const stayed = await leftAfter(client, cancelled, patience.cancelMs);
    for (const session of cancelled) {
      if (!stayed.includes(session))
        ends.set(session, session.kind === 'select' ? 'cancelled' : 'went on by itself');
    }
    const terminated = await signal(client, 'pg_terminate_backend', stayed, ends);
    const deaf = await leftAfter(client, terminated, patience.terminateMs);
    for (const session of terminated)
      ends.set(session, deaf.includes(session) ? 'did not heed it' : 'terminated');
  } catch (error) {
    if (ends.size === 0) throw error;
  }
  return sessions.map((session) => ends.get(session) ?? 'went on by itself');
}

/** Which of them were signalled: those that are what they were. */
async function signal(
  client: Client,
  how: 'pg_cancel_backend' | 'pg_terminate_backend',
  sessions: readonly SessionFact[],
  ends: Map<SessionFact, EndKind>,
): Promise<SessionFact[]> {
  const signalled: SessionFact[] = [];
  for (const session of sessions) {
    ends.set(session, 'not known');
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ sent: boolean }>(
      `SELECT ${how}(pid) AS sent FROM pg_stat_activity WHERE ${sameSql}`,
      valuesOf(session),
    );
    if (rows[0]?.sent) signalled.push(session);
    else ends.set(session, 'went on by itself');
  }
  return signalled;
}

function valuesOf({ pid, backendStart, queryStart, stateChange, kind, user }: SessionFact) {
  return [pid, backendStart, queryStart, stateChange, kind, user];
}

/** Looks until all have gone or the time is up, and answers who is left. */
async function leftAfter(
  client: Client,
  sessions: readonly SessionFact[],
  milliseconds: number,
): Promise<SessionFact[]> {
  const until = Date.now() + milliseconds;
  for (let left = [...sessions]; ; ) {
    left = await stillThere(client, left);
    if (left.length === 0 || Date.now() >= until) return left;
    await sleep(lookMs);
  }
}

async function stillThere(client: Client, sessions: readonly SessionFact[]): Promise<SessionFact[]> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const left: SessionFact[] = [];
  for (const session of sessions) {
    const { rows } = await client.query(
      `SELECT pid FROM pg_stat_activity WHERE ${sameSql}`,
      valuesOf(session),
    );
    if (rows.length > 0) left.push(session);
  }
  return left;
}
