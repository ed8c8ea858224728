-- What audit-archive has moved, written in the transaction that deletes the rows: a file without a row here does not
-- count. Of the rows themselves it holds nothing but the smallest and the largest key and time.
CREATE TABLE IF NOT EXISTS nightshift.archive_batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The table, as the config spells it: policies are called by their tables.
  policy text NOT NULL,
  slot text NOT NULL,
  destination text NOT NULL CHECK (destination IN ('s3', 'table')),
  bucket text,
  object_key text UNIQUE,
  archive_table text,
  -- The partition that was dropped as a whole, if one was.
  partition_name text,
  rows bigint NOT NULL CHECK (rows >= 0),
  -- Of the Parquet file.
  bytes bigint CHECK (bytes >= 0),
  -- Of the rows, as COPY in binary format writes them.
  raw_bytes bigint NOT NULL CHECK (raw_bytes >= 0),
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  -- Does not depend on the order of the rows, and counts each of two that are equal.
  content_hash text CHECK (content_hash ~ '^[0-9a-f]+$'),
  smallest_key text,
  largest_key text,
  -- A timestamp without time zone is taken as UTC.
  oldest timestamptz,
  newest timestamptz,
  -- Tells of a file without a row whether its transaction has ended, in this database system alone.
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- RDS's own id of the instance: a restored copy has another, and must not take these files for its own.
  dbi_resource_id text NOT NULL,
  seconds double precision NOT NULL CHECK (seconds >= 0),
  committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When Object Lock was set on the file, and until when it holds.
  locked_at timestamptz,
  locked_until timestamptz,
  -- Which link of the chain of manifests names this batch; none yet, where the run ended before it was written.
  manifest_sequence integer,
  CHECK (destination <> 's3' OR (bucket IS NOT NULL AND object_key IS NOT NULL AND bytes IS NOT NULL
                                 AND sha256 IS NOT NULL AND content_hash IS NOT NULL)),
  CHECK (destination <> 'table' OR archive_table IS NOT NULL)
);
CREATE INDEX IF NOT EXISTS archive_batches_committed ON nightshift.archive_batches (policy, committed_at);
CREATE INDEX IF NOT EXISTS archive_batches_period ON nightshift.archive_batches (policy, oldest, newest);
CREATE INDEX IF NOT EXISTS archive_batches_unlisted ON nightshift.archive_batches (id) WHERE manifest_sequence IS NULL;

-- The policies as the last run knew them.
CREATE TABLE IF NOT EXISTS nightshift.archive_policies (
  policy text PRIMARY KEY,
  age_column text NOT NULL,
  older_than_days integer NOT NULL,
  destination text NOT NULL,
  archive_table text,
  settings jsonb NOT NULL,
  seen_in_slot text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What became of each policy in each run; how much it moved follows from the batches.
CREATE TABLE IF NOT EXISTS nightshift.archive_runs (
  slot text NOT NULL,
  policy text NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'completed', 'unfinished', 'failed', 'refused')),
  reason text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  -- How much older than the policy allows the oldest row is that may move.
  days_behind double precision,
  -- Left by deletes, for VACUUM to take away.
  dead_rows bigint,
  PRIMARY KEY (slot, policy)
);

-- The job may add to the ledger and note lock and manifest; it can neither change nor delete what stands there.
GRANT SELECT, INSERT ON nightshift.archive_batches TO nightshift;
GRANT UPDATE (locked_at, locked_until, manifest_sequence) ON nightshift.archive_batches TO nightshift;
GRANT SELECT, INSERT, UPDATE, DELETE ON nightshift.archive_policies TO nightshift;
GRANT SELECT, INSERT, UPDATE ON nightshift.archive_runs TO nightshift;
