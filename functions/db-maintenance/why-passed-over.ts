import type { Client } from 'pg';
import type { MaintenanceOutcome } from './outcome.ts';
import type { Action } from './plan.ts';
import { lackOfMaintain, ownerOf } from './privilege.ts';

/** Whoever holds or waits for a lock beside which VACUUM and ANALYZE cannot work. */
const whySql = /* sql */ `
  SELECT ${ownerOf('c')}, current_setting('server_version_num')::integer / 10000 AS major, quote_ident(session_user) AS role,
    (SELECT min(l.pid) FROM pg_locks l WHERE l.relation = c.oid AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS holder
  FROM pg_class c WHERE c.oid = $1::oid`;

/** VACUUM only warns of what it passes over: a lock is a matter of time, a privilege is mended by a statement. */
export async function whyPassedOver(
  client: Client,
  { id, schema, name }: Action,
): Promise<Pick<MaintenanceOutcome, 'status' | 'reason' | 'remedy'> | undefined> {
  const { rows } = await client.query<{
    owner: string;
    isOfSuperuser: boolean;
    major: number;
    role: string;
    holder: number | null;
  }>(whySql, [id]);
  const [row] = rows;
  if (!row) return undefined;
  const { owner, isOfSuperuser, major, role, holder } = row;
  if (holder !== null)
    return { status: 'postponed', reason: `session ${holder} holds a lock on it`, remedy: null };
  const { remedy } = lackOfMaintain({ schema, name, owner, isOfSuperuser }, role, major);
  const reason = `it was passed over: ${role} may not maintain what ${owner} owns, or somebody held a lock for a moment`;
  return { status: 'no effect', reason, remedy };
}
