-- Which batches `nightshift archive rehydrate` has loaded, and into which table: written in the transaction that loads
-- them, so that nothing is loaded twice.
CREATE TABLE IF NOT EXISTS nightshift.archive_rehydrations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id bigint NOT NULL,
  into_table text NOT NULL,
  -- A table that is dropped and made anew is empty, and has another.
  into_oid oid NOT NULL,
  -- Of the rows that were asked for; NULL does not bound.
  loaded_from timestamptz,
  loaded_to timestamptz,
  rows bigint NOT NULL CHECK (rows >= 0),
  loaded_by name NOT NULL DEFAULT current_user,
  loaded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS archive_rehydrations_loaded ON nightshift.archive_rehydrations (into_oid, batch_id);

GRANT SELECT, INSERT ON nightshift.archive_rehydrations TO nightshift;
