import { Client, type ClientConfig } from 'pg';
import { seedDemo } from '../../../infra/local/demo/seed.ts';

/** A table of the benchmark, and the share of the limit's speed that its export is to reach. */
export interface BenchTable {
  readonly name: string;
  readonly what: string;
  readonly wantedShare: number;
}

export const BENCH_TABLES: readonly BenchTable[] = [
  { name: 'audit_jsonb', what: 'jsonb', wantedShare: 0.65 },
  // Postgres has four times less to do for it, and the rest of the way is the same.
  { name: 'audit_log', what: 'json', wantedShare: 0.25 },
];

/** The demo's audit log as the clinic has it, and the same rows with `jsonb`. */
export async function makeTables(connection: ClientConfig, auditRows: number): Promise<void> {
  await seedDemo({ connection, passwords: {}, auditRows });
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query(/* sql */ `
      CREATE TABLE audit_jsonb (LIKE audit_log);
      ALTER TABLE audit_jsonb ALTER old_values TYPE jsonb, ALTER new_values TYPE jsonb;
      INSERT INTO audit_jsonb SELECT id, user_id, table_name, action, old_values::jsonb, new_values::jsonb, timestamp
        FROM audit_log`);
    await client.query('VACUUM ANALYZE audit_log, audit_jsonb');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
