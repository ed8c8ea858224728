DROP TABLE IF EXISTS nightshift.integrity_checks;
DROP TABLE IF EXISTS nightshift.view_refreshes;

-- A role belongs to all databases of the server, but so does what is taken here: other databases apply this again.
DO $do$ BEGIN
  IF to_regrole('nightshift') IS NOT NULL THEN REVOKE pg_signal_backend FROM nightshift; END IF;
  IF to_regrole('nightshift') IS NOT NULL AND to_regrole('pg_maintain') IS NOT NULL THEN
    REVOKE pg_maintain FROM nightshift;
  END IF;
END $do$;

-- Elsewhere it is somebody else's.
DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pgstattuple' AND extnamespace = to_regnamespace('nightshift')) THEN
    DROP EXTENSION pgstattuple;
  END IF;
END $do$;
