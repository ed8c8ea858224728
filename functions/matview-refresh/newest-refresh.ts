import type { Client } from 'pg';
import type { Evidence, RelationMarks } from './evidence.ts';

/** The last refresh of a view that was committed. */
export interface NewestRefresh {
  /** ISO 8601, UTC, with microseconds: later than this it took its snapshot. */
  readonly beganAt: string;
  readonly rows: string | null;
  /** Null where nothing can vouch for the view. */
  readonly evidence: Evidence | null;
  /** Of the view itself, as they must be while nobody else has refreshed it. */
  readonly ownMarks: RelationMarks | null;
}

const newestSql = /* sql */ `
  SELECT v.id::text, to_char(r.began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "beganAt",
         r.rows::text, r.evidence, r.own_marks AS "ownMarks"
    FROM unnest($1::oid[]) AS v (id)
    JOIN LATERAL (
      SELECT * FROM nightshift.view_refreshes WHERE view_id = v.id AND ended_at IS NOT NULL
       ORDER BY ended_at DESC LIMIT 1) AS r ON true`;

/** By the view's id; without those that were never refreshed. */
export async function readNewest(
  client: Client,
  views: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, NewestRefresh>> {
  const ids = views.map(({ id }) => id);
  const { rows } = await client.query<NewestRefresh & { id: string }>(newestSql, [ids]);
  return new Map(rows.map(({ id, ...refresh }) => [id, refresh]));
}

/** Somebody's role or a database may have it off while we have it on. */
const tracksSql = /* sql */ `
  SELECT current_setting('track_counts')::boolean AND NOT EXISTS (
           SELECT FROM pg_db_role_setting s, unnest(s.setconfig) AS setting
            WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
              AND setting ILIKE 'track_counts=%' AND lower(setting) <> 'track_counts=on') AS tracks`;

/** Whether Postgres counts what is written in this database. */
export async function tracksCounts(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ tracks: boolean }>(tracksSql);
  return rows[0]?.tracks === true;
}
