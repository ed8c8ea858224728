-- The role that the jobs sign in as. It cannot log in yet: give it a password, or GRANT rds_iam TO nightshift.
-- BYPASSRLS, because a job that sees fewer rows than there are would prove and archive fewer.
DO $do$ BEGIN
  IF to_regrole('nightshift') IS NULL THEN CREATE ROLE nightshift NOLOGIN BYPASSRLS; END IF;
END $do$;

-- Counting and describing every table; watching other sessions, replicas and statistics.
GRANT pg_read_all_data, pg_monitor TO nightshift;

CREATE SCHEMA IF NOT EXISTS nightshift;
GRANT USAGE ON SCHEMA nightshift TO nightshift;
