import type { Client } from 'pg';

/** The organisations of the demo ledger; they have 800, 400, 200, 100 and 1 entries. */
export const LEDGER_ORGANISATIONS = ['org_amber', 'org_birch', 'org_cedar', 'org_delta', 'org_solo'] as const;

const LEDGER = (day: string) => /* sql */ `
  DO $do$
  DECLARE
    organisations text[] := '{${LEDGER_ORGANISATIONS.join(',')}}';
    counts integer[] := '{800,400,200,100,1}';
    entry ledger_entries;
  BEGIN
    FOR o IN 1 .. cardinality(organisations) LOOP
      entry.organisation_id := organisations[o];
      entry.prev_entry_hash := NULL;
      FOR i IN 1 .. counts[o] LOOP
        entry.id := 'le_' || lpad((o * 100000 + i)::text, 10, '0');
        entry.type := pg_temp.pick(i, 70 + o, '{donation,grant,fee,refund,transfer}');
        entry.amount := pg_temp.roll(i, 80 + o, 9000000) - 1000000;
        entry.currency := pg_temp.pick(i, 90 + o, '{EUR,USD,GBP}');
        entry.visibility := pg_temp.pick(i, 100 + o, '{public,private}');
        entry.metadata := jsonb_build_object('ref', md5(o || '/' || i), 'batch', i / 10, 'note', 'für Zoë');
        entry.created_at := timestamptz '${day} 00:00:00+00' - interval '400 days'
          + i * interval '10 hours' + o * interval '1 microsecond';
        entry.entry_hash := ledger_entry_hash(entry);
        INSERT INTO ledger_entries SELECT entry.*;
        entry.prev_entry_hash := entry.entry_hash;
      END LOOP;
    END LOOP;
  END
  $do$`;

/** Appends each organisation's chain through the ledger's own triggers; times are relative to `day` (UTC). */
export async function insertLedgerRows(client: Client, day: string): Promise<void> {
  await client.query(LEDGER(day));
}
