import type { Client } from 'pg';

/** A run that has neither a session nor a batch of late has died, and nobody waits for it. */
const livelyMinutes = 15;

const archivedNowSql = /* sql */ `
  WITH RECURSIVE moving AS (
    SELECT r.policy, to_regclass(r.policy)::oid AS id
      FROM nightshift.archive_runs r
     WHERE r.status = 'running'
       AND (r.started_at > clock_timestamp() - make_interval(mins => $2)
            OR EXISTS (SELECT FROM nightshift.archive_batches b
                        WHERE b.policy = r.policy AND b.committed_at > clock_timestamp() - make_interval(mins => $2))
            OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = left('nightshift audit-archive ' || r.slot, 63)))
  ), below AS (
    SELECT policy, id FROM moving WHERE id IS NOT NULL
    UNION SELECT b.policy, i.inhrelid FROM pg_inherits i JOIN below b ON i.inhparent = b.id
  ), above AS (
    SELECT policy, id FROM moving WHERE id IS NOT NULL
    UNION SELECT a.policy, i.inhparent FROM pg_inherits i JOIN above a ON i.inhrelid = a.id
  )
  SELECT min(policy) AS policy FROM (TABLE below UNION ALL TABLE above) AS touched WHERE id = ANY ($1::oid[])`;

/** The table among those read that audit-archive is moving rows of at this moment, or null. */
export async function archivedNow(client: Client, reads: readonly string[]): Promise<string | null> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('nightshift.archive_runs') IS NOT NULL AS there`,
  );
  if (!rows[0]?.there) return null;
  const found = await client.query<{ policy: string | null }>(archivedNowSql, [reads, livelyMinutes]);
  return found.rows[0]?.policy ?? null;
}
