-- Without the ledger nobody knows any more which files count: one that holds something is never dropped by this.
DO $do$ BEGIN
  IF EXISTS (SELECT FROM nightshift.archive_batches) THEN
    RAISE EXCEPTION 'nightshift.archive_batches names files that hold archived rows: it must not be dropped'
      USING HINT = 'Rehydrate what you need, keep a copy of the table, empty it by hand, and start this again.';
  END IF;
END $do$;

DROP TABLE nightshift.archive_runs, nightshift.archive_policies, nightshift.archive_batches;
