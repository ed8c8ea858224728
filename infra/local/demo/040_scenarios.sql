-- A cost simulator: scenarios, what they logged and measured, and the reports made from them.
CREATE TABLE scenarios (
  id uuid PRIMARY KEY,
  name varchar(255) NOT NULL,
  description text,
  region varchar(20) NOT NULL,
  status varchar(20) NOT NULL CHECK (status IN ('draft', 'running', 'completed', 'archived')),
  tags jsonb NOT NULL DEFAULT '[]',
  total_requests integer NOT NULL DEFAULT 0,
  total_cost_estimate numeric(12, 6) NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  completed_at timestamptz
);

CREATE TABLE scenario_logs (
  id uuid PRIMARY KEY,
  scenario_id uuid NOT NULL REFERENCES scenarios ON DELETE CASCADE,
  received_at timestamptz NOT NULL,
  source varchar(100) NOT NULL,
  message_hash varchar(64) NOT NULL,
  message_preview varchar(500),
  size_bytes integer NOT NULL DEFAULT 0,
  token_count integer NOT NULL DEFAULT 0,
  has_pii boolean NOT NULL DEFAULT false
);

CREATE TABLE scenario_metrics (
  id uuid PRIMARY KEY,
  scenario_id uuid NOT NULL REFERENCES scenarios ON DELETE CASCADE,
  timestamp timestamptz NOT NULL,
  metric_type varchar(50) NOT NULL,
  metric_name varchar(100) NOT NULL,
  value double precision NOT NULL,
  unit varchar(20) NOT NULL,
  extra_data jsonb
);

CREATE TABLE reports (
  id uuid PRIMARY KEY,
  scenario_id uuid NOT NULL REFERENCES scenarios ON DELETE CASCADE,
  format varchar(10) NOT NULL CHECK (format IN ('pdf', 'csv')),
  file_path varchar(500) NOT NULL,
  file_size_bytes integer,
  generated_by varchar(100),
  extra_data jsonb,
  created_at timestamptz NOT NULL
);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  key_hash varchar(255) NOT NULL UNIQUE,
  key_prefix varchar(8) NOT NULL,
  name varchar(255) NOT NULL,
  scopes jsonb NOT NULL DEFAULT '[]',
  is_active boolean NOT NULL DEFAULT true,
  expires_at timestamptz,
  created_at timestamptz NOT NULL
);

-- Statements above 200 ms, as the service itself times them.
CREATE TABLE query_performance_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  query_hash varchar(64) NOT NULL,
  query_text text NOT NULL,
  execution_time_ms numeric(10, 2) NOT NULL,
  rows_affected integer,
  endpoint varchar(255),
  created_at timestamptz NOT NULL
);
