import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { Method, ViewHistory } from './plan.ts';

interface HistoryRow {
  readonly id: string;
  readonly method: Method | null;
  readonly seconds: number | null;
  readonly isRead: boolean;
}

const historySql = /* sql */ `
  SELECT v.id::text, r.method, extract(epoch FROM r.ended_at - r.began_at)::float8 AS seconds,
         EXISTS (SELECT FROM pg_locks l
                  WHERE l.relation = v.id AND l.locktype = 'relation' AND l.pid <> pg_backend_pid()
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "isRead"
    FROM unnest($1::oid[]) AS v (id)
    LEFT JOIN LATERAL (
      SELECT DISTINCT ON (method) method, began_at, ended_at FROM nightshift.view_refreshes
       WHERE view_id = v.id AND ended_at IS NOT NULL ORDER BY method, began_at DESC) AS r ON true`;

/** How long each view took the last time, by each method, and whether somebody reads it now. */
export async function readHistory(
  client: Client,
  views: readonly (TableName & { readonly id: string })[],
): Promise<Map<string, ViewHistory>> {
  const { rows } = await client.query<HistoryRow>(historySql, [views.map(({ id }) => id)]);
  const byView = Map.groupBy(rows, ({ id }) => id);
  return new Map(
    [...byView].map(([id, found]) => {
      const secondsOf = (method: Method) => found.find((row) => row.method === method)?.seconds ?? null;
      const seconds = { concurrently: secondsOf('concurrently'), plain: secondsOf('plain') };
      return [id, { seconds, isRead: found.some(({ isRead }) => isRead) }];
    }),
  );
}
