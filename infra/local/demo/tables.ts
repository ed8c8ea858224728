/** Tables of the demo database's `public` schema, by the system that they stand for. */
export const DEMO_TABLES = {
  clinic: [
    'alembic_version',
    'appointments',
    'audit_log',
    'clinical_notes',
    'measurements',
    'medications',
    'patients',
    'users',
  ],
  ledger: ['ledger_entries'],
  scenarios: [
    'api_keys',
    'query_performance_log',
    'reports',
    'scenario_logs',
    'scenario_metrics',
    'scenarios',
  ],
} as const;

/** Materialized views of `public`, in an order in which they can be refreshed. */
export const DEMO_MATERIALIZED_VIEWS = [
  'mv_scenario_daily_stats',
  'mv_monthly_costs',
  'mv_source_analytics',
] as const;

/** Every table of `public`, as `public.<name>`, sorted. */
export function demoTables(): string[] {
  return Object.values(DEMO_TABLES)
    .flat()
    .map((name) => `public.${name}`)
    .sort();
}
