-- What a restore drill asks with, beside reading everything: it goes into the backups, and so into each restored copy.

-- amcheck looks through indexes and tables. Only a superuser (on RDS: rds_superuser) can install it; without it the drill
-- says so, and asks the rest. In the schema of Nightshift, unless it is there already: then it is somebody else's.
DO $do$ BEGIN
  CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA nightshift;
EXCEPTION WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
  RAISE WARNING 'amcheck is not installed (%): restore drills will not look through indexes and tables.', SQLERRM;
END $do$;

-- Its functions are for superusers, unless granted; versions differ in how many there are. Schemas may be used already,
-- by pg_read_all_data.
DO $do$ DECLARE checker record; BEGIN
  FOR checker IN
    SELECT p.oid::regprocedure AS signature
      FROM pg_extension e
      JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
      JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
     WHERE e.extname = 'amcheck' AND p.proname IN ('bt_index_check', 'verify_heapam')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO nightshift', checker.signature);
  END LOOP;
END $do$;

-- An export is loaded into a temporary table to be compared.
DO $do$ BEGIN
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO nightshift', current_database());
END $do$;
