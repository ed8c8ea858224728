import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { PostgresError } from '../../job/errors.ts';
import { readSessions, type Session } from './running.ts';

const lookMs = 100;

/** So long a session that was told to end may take to undo what it did. */
const terminateSeconds = 30;

/**
 * Cancels the statement of this name, and ends its session where it has not heeded that for a while. What it was about
 * to commit in that moment may be committed: look at its row. Throws PostgresError where not even that ends it.
 */
export async function endRunning(
  client: Client,
  name: string,
  { terminateAfterSeconds }: { readonly terminateAfterSeconds: number },
): Promise<'cancelled' | 'terminated' | 'gone'> {
  const [session] = await readSessions(client, [name]);
  if (!session || !(await signal(client, 'pg_cancel_backend', name, session))) return 'gone';
  if (await isGoneWithin(client, name, session, terminateAfterSeconds)) return 'cancelled';
  if (!(await signal(client, 'pg_terminate_backend', name, session))) return 'cancelled';
  if (await isGoneWithin(client, name, session, terminateSeconds)) return 'terminated';
  throw new PostgresError(
    `Ending “${name}” failed: session ${session.pid} has not heeded pg_terminate_backend for ${terminateSeconds} s. Look what it waits for in pg_stat_activity.`,
    { transient: true },
  );
}

/** Signals it where it still is what was looked at; whether it was. */
async function signal(
  client: Client,
  how: 'pg_cancel_backend' | 'pg_terminate_backend',
  name: string,
  { pid, started }: Session,
): Promise<boolean> {
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<{ sent: boolean }>(
    /* sql */ `
      SELECT ${how}(pid) AS sent FROM pg_stat_activity
      WHERE pid = $1 AND application_name = $2 AND datname = current_database() AND usename = session_user
        AND backend_start = $3::timestamptz
        AND (xact_start IS NOT DISTINCT FROM $4::timestamptz OR query_start IS NOT DISTINCT FROM $5::timestamptz)`,
    [pid, name, ...started],
  );
  return rows[0]?.sent ?? false;
}

async function isGoneWithin(
  client: Client,
  name: string,
  session: Session,
  seconds: number,
): Promise<boolean> {
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await readSessions(client, [name]);
    if (!found.some((other) => isSame(other, session))) return true;
    if (Date.now() >= until) return false;
    await sleep(lookMs);
  }
}

/** VACUUM begins a transaction for each table, and what prepares a transaction is several statements. */
function isSame(one: Session, other: Session): boolean {
  const [backend, transaction, statement] = one.started;
  const [otherBackend, otherTransaction, otherStatement] = other.started;
  return (
    one.pid === other.pid &&
    backend === otherBackend &&
    (transaction === otherTransaction || statement === otherStatement)
  );
}
