DO $do$ DECLARE checker record; BEGIN
  IF to_regrole('nightshift') IS NULL THEN RETURN; END IF;
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM nightshift', current_database());
  FOR checker IN
    SELECT p.oid::regprocedure AS signature
      FROM pg_extension e
      JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
      JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
     WHERE e.extname = 'amcheck' AND p.proname IN ('bt_index_check', 'verify_heapam')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM nightshift', checker.signature);
  END LOOP;
END $do$;

-- Elsewhere it is somebody else's.
DO $do$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck' AND extnamespace = to_regnamespace('nightshift')) THEN
    DROP EXTENSION amcheck;
  END IF;
END $do$;
