import type { Client } from 'pg';
import { readHolder } from './holds-back.ts';
import type { MaintenanceOutcome, Seen } from './outcome.ts';
import type { Action } from './plan.ts';
import { lackOfMaintain, mayVacuum, type Owned, ownerOf } from './privilege.ts';

/** Whoever holds or waits for a lock beside which VACUUM and ANALYZE cannot work. */
const whySql = (major: number) => /* sql */ `
  SELECT ${mayVacuum('c', major)} AS may, n.nspname AS schema, c.relname AS name, ${ownerOf('c')}, quote_ident(session_user) AS role,
    (SELECT min(l.pid) FROM pg_locks l WHERE l.relation = c.oid AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS holder
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid`;

interface Row extends Owned {
  may: boolean;
  role: string;
  holder: number | null;
}

export interface Ended {
  readonly before: Seen;
  readonly after: Seen;
  /** Whether anybody listened to the statement's end: without an error it was not cancelled. */
  readonly end: 'heard' | 'unheard';
}

type Why = Pick<MaintenanceOutcome, 'status' | 'reason' | 'remedy'>;

/** VACUUM only warns of what it passes over: a lock is a matter of time, a privilege is mended by a statement. */
export async function whyNoEffect(
  client: Client,
  { id }: Action,
  { before, after, end }: Ended,
): Promise<Why | undefined> {
  if (after.mark !== before.mark) return whyNotFrozen(client);
  const version = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS major`,
  );
  const major = version.rows[0]?.major ?? 0;
  const { rows } = await client.query<Row>(whySql(major), [id]);
  const [row] = rows;
  if (!row) return undefined;
  const { may, role, holder, owner } = row;
  if (!may) {
    const reason = `it was passed over: ${role} may not maintain what ${owner} owns`;
    return { status: 'no effect', reason, remedy: lackOfMaintain(row, role, major).remedy };
  }
  if (holder !== null)
    return { status: 'postponed', reason: `session ${holder} holds a lock on it`, remedy: null };
  if (end === 'heard')
    return { status: 'postponed', reason: 'somebody held a lock on it for a moment', remedy: null };
  const reason =
    'it ended without having been done, while nobody listened: it was cancelled, was over "timeLimitMinutes", or the server was started anew';
  return { status: 'no effect', reason, remedy: 'The log of Postgres says which of these it was.' };
}

async function whyNotFrozen(client: Client): Promise<Why> {
  const reason = 'its oldest transaction ids are hardly younger than before';
  const holder = await readHolder(client);
  if (!holder) return { status: 'no effect', reason, remedy: 'See docs/runbooks/db-maintenance.md.' };
  return {
    status: 'no effect',
    reason: `${reason}: ${holder.what} can still see them`,
    remedy: holder.remedy,
  };
}
