-- Nine composite indexes.
CREATE INDEX idx_logs_scenario_received ON scenario_logs (scenario_id, received_at DESC);
CREATE INDEX idx_logs_scenario_source ON scenario_logs (scenario_id, source);
CREATE INDEX idx_logs_source_received ON scenario_logs (source, received_at);
CREATE INDEX idx_metrics_scenario_time ON scenario_metrics (scenario_id, timestamp DESC);
CREATE INDEX idx_metrics_scenario_type_time ON scenario_metrics (scenario_id, metric_type, timestamp);
CREATE INDEX idx_metrics_name_time ON scenario_metrics (metric_name, timestamp);
CREATE INDEX idx_reports_scenario_created ON reports (scenario_id, created_at DESC);
CREATE INDEX idx_scenarios_status_created ON scenarios (status, created_at DESC);
CREATE INDEX idx_query_perf_hash_created ON query_performance_log (query_hash, created_at);

-- Six partial indexes.
CREATE INDEX idx_scenarios_running ON scenarios (created_at) WHERE status = 'running';
CREATE INDEX idx_scenarios_not_archived ON scenarios (updated_at) WHERE status <> 'archived';
CREATE INDEX idx_logs_with_pii ON scenario_logs (scenario_id) WHERE has_pii;
CREATE INDEX idx_metrics_costs ON scenario_metrics (scenario_id, timestamp) WHERE metric_type = 'cost';
CREATE INDEX idx_api_keys_active ON api_keys (key_prefix) WHERE is_active;
CREATE INDEX idx_query_perf_very_slow ON query_performance_log (created_at) WHERE execution_time_ms > 1000;

-- Two covering indexes.
CREATE INDEX idx_logs_covering ON scenario_logs (scenario_id, received_at) INCLUDE (size_bytes, token_count);
CREATE INDEX idx_metrics_covering ON scenario_metrics (scenario_id, metric_type) INCLUDE (value, unit);
