-- mv_monthly_costs reads mv_scenario_daily_stats through a plain view: the order of refreshing matters.
CREATE MATERIALIZED VIEW mv_scenario_daily_stats AS
SELECT s.id AS scenario_id, l.day, l.logs, l.size_bytes, l.tokens, l.with_pii, coalesce(m.cost, 0) AS cost
FROM scenarios s
JOIN (
  SELECT scenario_id, (received_at AT TIME ZONE 'UTC')::date AS day, count(*) AS logs,
    sum(size_bytes) AS size_bytes, sum(token_count) AS tokens, count(*) FILTER (WHERE has_pii) AS with_pii
  FROM scenario_logs GROUP BY 1, 2
) l ON l.scenario_id = s.id
LEFT JOIN (
  SELECT scenario_id, (timestamp AT TIME ZONE 'UTC')::date AS day, sum(value::numeric(14, 6)) AS cost
  FROM scenario_metrics WHERE metric_type = 'cost' GROUP BY 1, 2
) m ON m.scenario_id = s.id AND m.day = l.day;
CREATE UNIQUE INDEX uq_mv_scenario_daily_stats ON mv_scenario_daily_stats (scenario_id, day);

CREATE VIEW v_daily_costs AS
SELECT d.scenario_id, s.region, d.day, d.cost, d.logs
FROM mv_scenario_daily_stats d JOIN scenarios s ON s.id = d.scenario_id;

CREATE MATERIALIZED VIEW mv_monthly_costs AS
SELECT date_trunc('month', day::timestamp)::date AS month, region, sum(cost) AS cost, sum(logs) AS logs,
  count(DISTINCT scenario_id) AS scenarios
FROM v_daily_costs GROUP BY 1, 2;
CREATE UNIQUE INDEX uq_mv_monthly_costs ON mv_monthly_costs (month, region);

CREATE MATERIALIZED VIEW mv_source_analytics AS
SELECT source, (received_at AT TIME ZONE 'UTC')::date AS day, count(*) AS logs,
  count(DISTINCT message_hash) AS distinct_messages, sum(token_count) AS tokens
FROM scenario_logs GROUP BY 1, 2;
CREATE UNIQUE INDEX uq_mv_source_analytics ON mv_source_analytics (source, day);
