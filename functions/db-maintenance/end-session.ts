import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { SessionFact } from './facts.ts';

export type EndKind = 'cancelled' | 'terminated' | 'went on by itself' | 'did not heed it';

export interface EndOutcome {
  readonly target: string;
  readonly reason: string;
  readonly ended: EndKind;
}

export interface EndPatience {
  /** How long a session may take to heed pg_cancel_backend. */
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

/** Cancels what a session does, and ends the session where that does not help: what only idles has nothing to cancel. */
export async function endSession(
  client: Client,
  session: SessionFact,
  patience: EndPatience,
): Promise<EndKind> {
  if (!(await signal(client, 'pg_cancel_backend', session))) return 'went on by itself';
  if (await isGoneWithin(client, session, patience.cancelMs)) {
    return session.kind === 'select' ? 'cancelled' : 'went on by itself';
  }
  if (!(await signal(client, 'pg_terminate_backend', session))) return 'went on by itself';
  return (await isGoneWithin(client, session, patience.terminateMs)) ? 'terminated' : 'did not heed it';
}

function valuesOf({ pid, backendStart, queryStart, stateChange, kind, user }: SessionFact) {
  return [pid, backendStart, queryStart, stateChange, kind, user];
}

async function signal(
  client: Client,
  how: 'pg_cancel_backend' | 'pg_terminate_backend',
  session: SessionFact,
): Promise<boolean> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ sent: boolean }>(
    `SELECT ${how}(pid) AS sent FROM pg_stat_activity WHERE ${sameSql}`,
    valuesOf(session),
  );
  return rows[0]?.sent ?? false;
}

async function isGoneWithin(client: Client, session: SessionFact, milliseconds: number): Promise<boolean> {
  const until = Date.now() + milliseconds;
  for (;;) {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query(
      `SELECT pid FROM pg_stat_activity WHERE ${sameSql}`,
      valuesOf(session),
    );
    if (rows.length === 0) return true;
    if (Date.now() >= until) return false;
    await sleep(lookMs);
  }
}
