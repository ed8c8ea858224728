import type { Client } from 'pg';
import { WORDS } from './chance.ts';

const SCENARIOS = 40;
const SCENARIO = (n: string, salt: number) =>
  `pg_temp.uuid_of('scenario', 1 + pg_temp.roll(${n}, ${salt}, ${SCENARIOS}))`;

const scenarios = (day: string) => /* sql */ `
  INSERT INTO scenarios
  SELECT pg_temp.uuid_of('scenario', n), 'Scenario ' || n, 'Traffic of ' || n * 10 || ' devices',
    pg_temp.pick(n, 110, ${WORDS.regions}), status, jsonb_build_array('demo', 'tier-' || n % 3),
    n * 1000, n * 0.123456, made, made + interval '3 days',
    CASE WHEN status IN ('completed', 'archived') THEN made + interval '2 days' END
  FROM generate_series(1, ${SCENARIOS}::bigint) n, LATERAL (
    SELECT timestamptz '${day} 00:00:00+00' - (950 - n * 20) * interval '1 day' AS made,
      pg_temp.pick(n, 111, '{draft,running,completed,archived}') AS status) s`;

const logs = (day: string, step: number) => /* sql */ `
  INSERT INTO scenario_logs
  SELECT pg_temp.uuid_of('log', n), ${SCENARIO('n', 120)},
    timestamptz '${day} 00:00:00+00' - n * interval '52 minutes 11 seconds', pg_temp.pick(n, 121, ${WORDS.sources}),
    encode(sha256(int8send(n / 3)), 'hex'), 'GET /v1/devices/' || pg_temp.roll(n, 122, 5000) || ' 200 – ok',
    200 + pg_temp.roll(n, 123, 4000), pg_temp.roll(n, 124, 900), pg_temp.roll(n, 125, 40) = 0
  FROM generate_series(1, 15000::bigint, ${step}) n`;

const metrics = (day: string, step: number) => /* sql */ `
  INSERT INTO scenario_metrics
  SELECT pg_temp.uuid_of('metric', n), ${SCENARIO('n', 130)},
    timestamptz '${day} 00:00:00+00' - n * interval '1 hour 31 minutes',
    (ARRAY['cost', 'lambda', 'sqs'])[1 + n % 3], (ARRAY['total_usd', 'duration_ms', 'messages'])[1 + n % 3],
    CASE n % 3 WHEN 0 THEN pg_temp.roll(n, 131, 1000000) / 10000.0 ELSE pg_temp.roll(n, 132, 5000) END,
    (ARRAY['usd', 'ms', 'count'])[1 + n % 3],
    CASE WHEN n % 5 = 0 THEN jsonb_build_object('sample', n, 'cold', n % 2 = 0) END
  FROM generate_series(1, 15000::bigint, ${step}) n`;

const reports = (day: string) => /* sql */ `
  INSERT INTO reports
  SELECT pg_temp.uuid_of('report', n), ${SCENARIO('n', 140)}, kind, '/reports/' || n || '.' || kind,
    10000 + pg_temp.roll(n, 142, 900000), 'user' || 1 + n % 9 || '@simulator.example', '{"pages": 3}',
    timestamptz '${day} 00:00:00+00' - n * interval '47 hours'
  FROM generate_series(1, 200::bigint) n, LATERAL (SELECT pg_temp.pick(n, 141, '{pdf,csv}') AS kind) k`;

const apiKeys = (day: string) => /* sql */ `
  INSERT INTO api_keys
  SELECT pg_temp.uuid_of('key', n), encode(sha256(int8send(n)), 'hex'), 'mk_' || lpad(n::text, 5, '0'), 'Key ' || n,
    '["read", "write"]', n % 4 > 0, CASE WHEN n % 3 = 0 THEN timestamptz '${day} 00:00:00+00' + n * interval '9 days' END,
    timestamptz '${day} 00:00:00+00' - n * interval '29 days'
  FROM generate_series(1, 24::bigint) n`;

const slowQueries = (day: string) => /* sql */ `
  INSERT INTO query_performance_log (query_hash, query_text, execution_time_ms, rows_affected, endpoint, created_at)
  SELECT md5('query/' || n % 30), 'SELECT … FROM scenario_logs WHERE scenario_id = $1 /* ' || n % 30 || ' */',
    200 + pg_temp.roll(n, 150, 300000) / 100.0, pg_temp.roll(n, 151, 5000), '/api/v1/scenarios',
    timestamptz '${day} 00:00:00+00' - n * interval '11 minutes'
  FROM generate_series(1, 4000::bigint) n`;

/**
 * Fills the simulator's tables with rows relative to `day` (YYYY-MM-DD, UTC): logs reach back 540 days,
 * metrics 950 and reports 390, so that each archive policy finds some of its rows, also where it is every `step`th alone.
 */
export async function insertScenarioRows(client: Client, day: string, step: number): Promise<void> {
  for (const rows of [scenarios, logs, metrics, reports, apiKeys, slowQueries])
    await client.query(rows(day, step));
}
