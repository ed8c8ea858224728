-- Statements with a mean above one second, for the service that watches them.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

CREATE VIEW slow_statements AS
SELECT queryid, query, calls, mean_exec_time, max_exec_time, total_exec_time, rows
FROM pg_stat_statements
WHERE mean_exec_time > 1000
ORDER BY total_exec_time DESC;
