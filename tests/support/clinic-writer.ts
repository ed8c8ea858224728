import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/** A day at the clinic: notes, changed patients, cancelled appointments, an audit log that is trimmed, and ledger entries. */
const transactions = [
  /* sql */ `
    INSERT INTO clinical_notes (patient_id, body) SELECT id, repeat('seen today; ', 200) FROM patients ORDER BY random() LIMIT 2`,
  /* sql */ `
    UPDATE patients SET address = md5(random()::text) WHERE id IN (SELECT id FROM patients ORDER BY random() LIMIT 3)`,
  /* sql */ `
    INSERT INTO audit_log (table_name, action, new_values) SELECT 'patients', 'UPDATE', '{"by": "writer"}' FROM generate_series(1, 5)`,
  /* sql */ `
    DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log ORDER BY id LIMIT 4)`,
  /* sql */ `
    DELETE FROM clinical_notes WHERE id IN (SELECT id FROM clinical_notes ORDER BY id DESC OFFSET 300 LIMIT 5)`,
  /* sql */ `
    DO $do$
    DECLARE entry ledger_entries;
    BEGIN
      SELECT * INTO entry FROM ledger_entries WHERE organisation_id = 'org_solo' ORDER BY created_at DESC, id DESC LIMIT 1;
      entry.prev_entry_hash := entry.entry_hash;
      entry.created_at := clock_timestamp();
      entry.id := 'lw_' || (extract(epoch FROM entry.created_at) * 1e6)::bigint;
      entry.entry_hash := ledger_entry_hash(entry);
      INSERT INTO ledger_entries SELECT entry.*;
    END $do$`,
] as const;

const pauseMs = 25;

/** Clients of the clinic that go on working in several sessions, until they are stopped; none of it may fail. */
export async function startClinicWriters(connection: ClientConfig) {
  const state = { running: true, transactions: 0 };
  const work = transactions.map(async (transaction) => {
    const client = new Client(connection);
    // A server that goes away is reported by the next query; here it must only not end Node.
    client.on('error', () => undefined);
    await client.connect();
    try {
      while (state.running) {
        await client.query(transaction);
        state.transactions += 1;
        await sleep(pauseMs);
      }
    } finally {
      await client.end();
    }
  });
  // A writer that fails is told of by whoever stops them.
  for (const each of work) each.catch(() => undefined);
  return {
    /** Ends the writing, and answers how many transactions were committed. */
    async stop(): Promise<number> {
      state.running = false;
      await Promise.all(work);
      return state.transactions;
    },
  };
}
