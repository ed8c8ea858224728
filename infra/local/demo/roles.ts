import type { Client } from 'pg';
import { readMigrations } from '../../sql/migrations.ts';

/** Passwords by role; a role without one cannot log in, and is there for `SET ROLE`. */
export interface RolePasswords {
  readonly nightshift?: string;
  readonly demo_app?: string;
  readonly demo_readonly?: string;
}

const ROLES = ['nightshift', 'demo_app', 'demo_readonly'] as const;

/**
 * What a user would grant beside infra/sql: audit-archive deletes from the tables that it archives, and makes archive
 * tables and views beside them; before PostgreSQL 17 only an owner refreshes a materialized view; the application may not change the ledger; the read-only role reads.
 */
const GRANTS = /* sql */ `
  ALTER ROLE nightshift BYPASSRLS;
  GRANT DELETE ON audit_log, scenario_logs, scenario_metrics, reports TO nightshift;
  GRANT USAGE, CREATE ON SCHEMA public TO nightshift;
  ALTER MATERIALIZED VIEW mv_scenario_daily_stats OWNER TO nightshift;
  ALTER MATERIALIZED VIEW mv_monthly_costs OWNER TO nightshift;
  ALTER MATERIALIZED VIEW mv_source_analytics OWNER TO nightshift;
  GRANT USAGE ON SCHEMA public TO demo_app, demo_readonly;
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO demo_app;
  REVOKE UPDATE, DELETE ON ledger_entries, audit_log FROM demo_app;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO demo_app;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO demo_readonly;
`;

const createRole = (role: string) => /* sql */ `
  DO $do$ BEGIN
    IF to_regrole('${role}') IS NULL THEN CREATE ROLE ${role} NOLOGIN; END IF;
  END $do$`;

/**
 * Makes the roles where they are missing, sets their passwords, applies infra/sql and grants what they need here. Roles
 * belong to the whole cluster, where another database's seed may be at the same: they take turns by the shared catalogue.
 */
export async function grantRoles(client: Client, passwords: RolePasswords): Promise<void> {
  await client.query('BEGIN; LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE');
  for (const role of ROLES) {
    await client.query(createRole(role));
    const password = passwords[role];
    if (password === undefined) continue;
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  }
  for (const { sql } of await readMigrations('up')) await client.query(sql);
  await client.query(GRANTS);
  await client.query('COMMIT');
}
