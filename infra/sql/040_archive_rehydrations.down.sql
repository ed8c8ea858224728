DROP TABLE nightshift.archive_rehydrations;
