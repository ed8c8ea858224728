-- What matview-refresh and db-maintenance have done, written in the transaction that did it: whoever comes later learns
-- from the row that the work was committed, and its key keeps it from being done twice in one slot.
CREATE TABLE IF NOT EXISTS nightshift.view_refreshes (
  -- Of pg_class: a view that is dropped and created again is another.
  view_id oid NOT NULL,
  -- schema.name as the config spells it, at that time.
  view text NOT NULL,
  slot text NOT NULL,
  method text NOT NULL CHECK (method IN ('concurrently', 'plain')),
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  rows bigint CHECK (rows >= 0),
  -- With its indexes and its TOAST.
  bytes bigint CHECK (bytes >= 0),
  -- Counters, file nodes and definitions of all that the view reads, taken before the refresh took its snapshot. Kept of
  -- the newest refresh alone; null where nothing can vouch for the view.
  evidence jsonb,
  -- File node and counters of the view itself, as they must be once this transaction has been counted.
  own_marks jsonb,
  -- When the view was last found to hold what its definition answers, without being refreshed.
  verified_at timestamptz,
  PRIMARY KEY (view_id, slot)
);
CREATE INDEX IF NOT EXISTS view_refreshes_newest ON nightshift.view_refreshes (view_id, ended_at DESC);

-- Each index or table that was looked through for damage.
CREATE TABLE IF NOT EXISTS nightshift.integrity_checks (
  -- schema.name as the config spells it.
  object text NOT NULL,
  -- Of the run that began it, and of the one that goes on with it.
  slot text NOT NULL,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Null for what was begun and not brought to its end.
  ended_at timestamptz,
  tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- A table is looked through in ranges of blocks: those before the next one are done, in this file. Where the table has
  -- got another file since, as VACUUM FULL and TRUNCATE give it, it is begun anew.
  next_block bigint NOT NULL DEFAULT 0 CHECK (next_block >= 0),
  blocks bigint CHECK (blocks >= 0),
  file_node oid,
  -- How many faults were found, and the first of them, with no value of a row; null where there is none.
  faults bigint NOT NULL DEFAULT 0 CHECK (faults >= 0),
  finding text,
  PRIMARY KEY (object, slot)
);
CREATE INDEX IF NOT EXISTS integrity_checks_newest ON nightshift.integrity_checks (object, ended_at DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON nightshift.view_refreshes, nightshift.integrity_checks TO nightshift;

-- From 17 on one role may VACUUM, REINDEX and refresh everything. Before, only owners may: the jobs say which table,
-- view or index belongs to somebody else, and the statement that mends it.
DO $do$ BEGIN
  IF to_regrole('pg_maintain') IS NOT NULL THEN GRANT pg_maintain TO nightshift; END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'pg_maintain is not granted to nightshift (%): it maintains only what it owns, or was granted MAINTAIN on.', SQLERRM;
END $do$;

-- pgstattuple measures how much of an index is empty; without it that is estimated from statistics. Its functions are
-- for pg_stat_scan_tables, which pg_monitor has.
DO $do$ BEGIN
  CREATE EXTENSION IF NOT EXISTS pgstattuple SCHEMA nightshift;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
  RAISE WARNING 'pgstattuple is not installed (%): bloat is estimated from statistics.', SQLERRM;
END $do$;

-- db-maintenance ends statements and transactions that are over their limit, where somebody asks for it.
DO $do$ BEGIN
  GRANT pg_signal_backend TO nightshift;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'pg_signal_backend is not granted to nightshift (%): it cannot end sessions that are over their limit.', SQLERRM;
END $do$;
