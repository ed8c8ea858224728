import type { Client } from 'pg';

/** What the ledger says that a run has moved of one table. */
export interface Moved {
  readonly policy: string;
  readonly batches: number;
  readonly rows: number;
  /** Of the Parquet files; 0 where rows stayed in the database. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly seconds: number;
  readonly oldest: string | null;
  readonly newest: string | null;
}

/** By the ledger, not by what the shifts remember: a shift that was killed has committed batches all the same. */
export async function readMoved(client: Client, slot: string): Promise<Moved[]> {
  const { rows } = await client.query<Moved>(
    /* sql */ `SELECT policy, count(*)::int AS batches, sum(rows)::float8 AS rows,
                      coalesce(sum(bytes), 0)::float8 AS bytes, sum(raw_bytes)::float8 AS "rawBytes",
                      sum(seconds)::float8 AS seconds, to_json(min(oldest) AT TIME ZONE 'UTC')#>>'{}' AS oldest,
                      to_json(max(newest) AT TIME ZONE 'UTC')#>>'{}' AS newest
                 FROM nightshift.archive_batches WHERE slot = $1 GROUP BY policy ORDER BY policy`,
    [slot],
  );
  return rows;
}
