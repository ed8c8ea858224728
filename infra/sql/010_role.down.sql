DROP SCHEMA IF EXISTS nightshift;

-- A role belongs to all databases of the server: it goes where nothing is left that it owns or was granted.
DO $do$ BEGIN
  IF to_regrole('nightshift') IS NOT NULL THEN
    REVOKE pg_read_all_data, pg_monitor FROM nightshift;
    DROP ROLE nightshift;
  END IF;
EXCEPTION WHEN dependent_objects_still_exist THEN
  RAISE NOTICE 'The role nightshift stays as it is: something still belongs to it, or was granted to it.';
END $do$;
