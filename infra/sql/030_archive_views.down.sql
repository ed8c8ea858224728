DROP VIEW nightshift.v_archive_statistics, nightshift.archive_jobs;
