import type { Client } from 'pg';
import type { BacklogPoint } from './catch-up.ts';

/** What `nightshift.v_archive_statistics` says of one policy, and how its backlog went. */
export interface ArchiveStatistics {
  readonly policy: string;
  readonly destination: string | null;
  readonly archiveTable: string | null;
  readonly storageClass: string | null;
  readonly olderThanDays: number | null;
  readonly batches: number;
  readonly rows: number;
  /** Of the files; null where rows stay in the database. */
  readonly bytes: number | null;
  /** As COPY in binary format writes the rows. */
  readonly rawBytes: number;
  readonly compression: number | null;
  /** ISO 8601, or `-infinity`. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly rowsPerSecond: number | null;
  readonly lastSlot: string | null;
  readonly lastStatus: string | null;
  /** At the end of the last run that could look. */
  readonly daysBehind: number | null;
  readonly deadRows: number | null;
  readonly backlog: readonly BacklogPoint[];
}

/** Of the last two weeks: a pace of long ago tells nothing of the next nights. */
const statisticsSql = /* sql */ `
  SELECT policy, coalesce(s.destination, p.destination) AS destination,
         coalesce(s.archive_table, p.archive_table) AS "archiveTable",
         p.settings #>> '{to,storageClass}' AS "storageClass",
         coalesce(s.older_than_days, p.older_than_days) AS "olderThanDays",
         coalesce(s.batches, 0)::float8 AS batches, coalesce(s.rows, 0)::float8 AS rows, s.bytes::float8 AS bytes,
         coalesce(s.raw_bytes, 0)::float8 AS "rawBytes", s.compression::float8 AS compression,
         s.oldest::text, s.newest::text, s.rows_per_second::float8 AS "rowsPerSecond",
         r.slot AS "lastSlot", r.status AS "lastStatus", b.points[array_upper(b.points, 1)] AS "daysBehind",
         r.dead_rows::float8 AS "deadRows", coalesce(b.backlog, '[]') AS backlog
    FROM nightshift.v_archive_statistics s FULL JOIN nightshift.archive_policies p USING (policy)
    LEFT JOIN LATERAL (
      SELECT slot, status, dead_rows FROM nightshift.archive_jobs
       WHERE job = policy ORDER BY started_at DESC LIMIT 1
    ) r ON true
    LEFT JOIN LATERAL (
      SELECT json_agg(json_build_object('at', completed_at AT TIME ZONE 'UTC', 'daysBehind', days_behind)
                      ORDER BY completed_at) AS backlog,
             array_agg(days_behind ORDER BY completed_at) AS points
        FROM nightshift.archive_jobs
       WHERE job = policy AND days_behind IS NOT NULL AND completed_at > now() - interval '14 days'
    ) b ON true
   ORDER BY policy`;

/** Of every policy that a run has known, or that has moved something. */
export async function readStatistics(client: Client): Promise<ArchiveStatistics[]> {
  const { rows } = await client.query<ArchiveStatistics>(statisticsSql);
  return rows.map((row) => ({
    ...row,
    backlog: row.backlog.map(({ at, daysBehind }) => ({ at: `${at}Z`, daysBehind })),
  }));
}
