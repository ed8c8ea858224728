import type { Client } from 'pg';
import { AlreadyRunningError } from './already-running-error.ts';
import { lockKeyOf } from './name.ts';

/** Takes the advisory lock of what is worked on, or throws AlreadyRunningError at once. */
export async function takeLock(
  client: Client,
  lock: string,
  until: 'transaction' | 'session',
): Promise<void> {
  const take = until === 'transaction' ? 'pg_try_advisory_xact_lock' : 'pg_try_advisory_lock';
  const key = lockKeyOf(lock);
  const { rows } = await client.query<{ taken: boolean }>(`SELECT ${take}($1::bigint) AS taken`, [key]);
  if (rows[0]?.taken) return;
  throw new AlreadyRunningError(lock, await readHolder(client, key));
}

async function readHolder(client: Client, key: bigint) {
  const { rows } = await client.query<{ pid: number; beganAt: Date | null; ageSeconds: number | null }>(
    /* sql */ `
      SELECT pid, began_at AS "beganAt",
        round(extract(epoch FROM clock_timestamp() - began_at))::integer AS "ageSeconds"
      FROM pg_locks JOIN pg_stat_activity USING (pid),
        coalesce(least(xact_start, query_start), backend_start) AS began_at
      WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = $1::bigint`,
    [key],
  );
  const [holder] = rows;
  return holder && { ...holder, beganAt: holder.beganAt?.toISOString() ?? null };
}
