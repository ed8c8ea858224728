import { readFile } from 'node:fs/promises';
import { Client, type ClientConfig } from 'pg';
import { insertAuditRows } from './audit-rows.ts';
import { defineChance } from './chance.ts';
import { insertClinicRows } from './clinic-rows.ts';
import { insertLedgerRows } from './ledger-rows.ts';
import { grantRoles, type RolePasswords } from './roles.ts';
import { insertScenarioRows } from './scenario-rows.ts';

export interface SeedOptions {
  /** An empty database and a superuser of it. */
  readonly connection: ClientConfig;
  readonly passwords: RolePasswords;
  /** Rows of `audit_log`, over the three years before `now`. */
  readonly auditRows?: number;
  /** Patients of the clinic; appointments, notes, medications and measurements are multiples of them. */
  readonly patients?: number;
  /** Of the simulator's 15,000 log lines, and as many measurements, only every so manieth: all unless it is given. */
  readonly scenarioStep?: number;
  /** Rounded down to the day (UTC): the same day gives the same rows, byte for byte. */
  readonly now?: Date;
  /** What is being done, and how much of the audit log is there. */
  readonly onProgress?: (progress: SeedProgress) => void;
}

export interface SeedProgress {
  readonly step: string;
  readonly auditRows: number;
}

/** Nothing is read by anyone else yet: durability of each commit would only cost time. */
const SESSION = /* sql */ `
  SET synchronous_commit = off; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
  SET jit = off; SET maintenance_work_mem = '256MB'; SET client_min_messages = warning`;

async function runFile(client: Client, name: string): Promise<void> {
  const sql = await readFile(new URL(name, import.meta.url), 'utf8');
  await client.query(`BEGIN; ${sql}; COMMIT`);
}

async function refuseSecondSeed(client: Client): Promise<void> {
  const { rows } = await client.query<{ seeded: boolean; database: string }>(
    `SELECT to_regclass('public.audit_log') IS NOT NULL AS seeded, current_database() AS database`,
  );
  if (rows[0]?.seeded) {
    throw new Error(
      `seeding the demo into ${rows[0].database}: it holds an audit_log already; give an empty database`,
    );
  }
}

/**
 * Builds the demo database: a clinic, a ledger, a cost simulator, and the oddities that real databases hold.
 * Throws what Postgres says, and when the database has been seeded before.
 */
export async function seedDemo(options: SeedOptions): Promise<void> {
  const { auditRows = 200_000, patients = 2_000, scenarioStep = 1, now = new Date() } = options;
  const { onProgress = () => undefined } = options;
  const day = now.toISOString().slice(0, 10);
  const client = new Client(options.connection);
  await client.connect();
  const tell = (step: string, rows = 0) => onProgress({ step, auditRows: rows });
  try {
    await refuseSecondSeed(client);
    await client.query(SESSION);
    await defineChance(client);
    tell('clinic');
    await runFile(client, '010_clinic.sql');
    await insertClinicRows(client, day, patients);
    await insertAuditRows(client, day, auditRows, (rows) => tell('audit log', rows));
    tell('keys', auditRows);
    await runFile(client, '011_clinic_keys.sql');
    await runFile(client, '020_slow_statements.sql');
    tell('ledger', auditRows);
    await runFile(client, '030_ledger.sql');
    await insertLedgerRows(client, day);
    tell('scenarios', auditRows);
    await runFile(client, '040_scenarios.sql');
    await insertScenarioRows(client, day, scenarioStep);
    await runFile(client, '041_scenario_indexes.sql');
    await runFile(client, '042_scenario_views.sql');
    tell('oddities', auditRows);
    await runFile(client, '050_oddities.sql');
    await runFile(client, '051_oddities_rows.sql');
    await grantRoles(client, options.passwords);
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}
