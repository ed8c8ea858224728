CREATE OR REPLACE VIEW nightshift.archive_jobs AS
SELECT r.policy AS job, r.slot, r.status, r.reason, coalesce(b.batches, 0) AS batches,
  coalesce(b.rows, 0) AS records_archived, coalesce(b.bytes, 0) AS bytes_archived,
  r.started_at, r.completed_at, r.days_behind, r.dead_rows
FROM nightshift.archive_runs r
LEFT JOIN LATERAL (
  SELECT count(*) AS batches, sum(rows)::bigint AS rows, sum(bytes)::bigint AS bytes
  FROM nightshift.archive_batches WHERE policy = r.policy AND slot = r.slot
) b ON true;

CREATE OR REPLACE VIEW nightshift.v_archive_statistics AS
SELECT b.policy, p.destination, p.archive_table, p.older_than_days, b.batches, b.rows, b.bytes, b.raw_bytes,
  -- What the rows took, to what they take now; of rows that stay in the database there is no file.
  round(b.raw_of_files / nullif(b.bytes, 0), 1) AS compression,
  b.oldest, b.newest, b.first_batch_at, b.last_batch_at,
  round((b.rows / nullif(b.seconds, 0))::numeric, 0) AS rows_per_second,
  r.slot AS last_slot, r.status AS last_status, r.days_behind, r.dead_rows
FROM (
  SELECT policy, count(*) AS batches, sum(rows)::bigint AS rows, sum(bytes)::bigint AS bytes,
    sum(raw_bytes)::bigint AS raw_bytes, sum(raw_bytes) FILTER (WHERE bytes IS NOT NULL) AS raw_of_files,
    sum(seconds) AS seconds, min(oldest) AS oldest, max(newest) AS newest,
    min(committed_at) AS first_batch_at, max(committed_at) AS last_batch_at
  FROM nightshift.archive_batches GROUP BY policy
) b
LEFT JOIN nightshift.archive_policies p USING (policy)
LEFT JOIN LATERAL (
  SELECT slot, status, days_behind, dead_rows FROM nightshift.archive_runs
  WHERE policy = b.policy ORDER BY started_at DESC LIMIT 1
) r ON true;

GRANT SELECT ON nightshift.archive_jobs, nightshift.v_archive_statistics TO nightshift;
