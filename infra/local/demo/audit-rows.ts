import type { Client } from 'pg';
import { CLINIC_USERS } from './clinic-rows.ts';

const DAYS = 1095;
const ROWS_PER_BATCH = 100_000;

/** What one version of an audited row looked like, as JSON text: `v` is 0 before a change and 1 after it. */
const version = (v: 0 | 1) => /* sql */ `CASE n % 4
  WHEN 0 THEN '{"id": ' || row_id || ', "patient_id": ' || 1 + d1 % 2000 || ', "status": "'
    || ${v === 0 ? `'scheduled'` : `'completed'`} || '", "starts_at": "2025-0' || 1 + d1 % 9 || '-1' || d2 % 10
    || 'T0' || d1 % 10 || ':30:00", "reason": "follow-up ' || d2 % 100 || '"}'
  WHEN 1 THEN '{"id": ' || row_id || ', "phone": "+1-555-' || 1000000 + d${v + 1} || '", "email": "patient' || row_id
    || '@mail.example", "address": "' || 1 + d${v + 1} % 900 || ' Harbour Street", "city": "San José"}'
  WHEN 2 THEN '{"id": ' || row_id || ', "name": "Estradiol", "dose_mg": "' || ((d${v + 1} % 400) / 4.0)::numeric(6, 2)
    || '", "ended_on": ${v === 0 ? 'null' : '"2026-01-31"'}, "prescriber": {"id": ' || 1 + d1 % 40 || ', "signed": ${v === 1}}}'
  ELSE '{"id": ' || row_id || ', "kind": "systolic", "value": ' || 90 + d${v + 1} % 80
    || ', "unit": "mmHg", "device": "cuff-' || d1 % 50 || '", "flags": ["r${v}", ' || d2 % 7 || '], "note": "say \\"ah\\""}'
  END`;

/**
 * One batch of audit rows, numbered `from` to `to` of `total`. Times spread evenly over three years before
 * `day`; each is up to half an hour early, as rows of slow transactions are, so that ids and times disagree a
 * little. One row in fifty has no user, as those of background work have none.
 */
const auditBatch = (day: string, from: number, to: number, total: number) => /* sql */ `
  INSERT INTO audit_log (id, user_id, table_name, action, old_values, new_values, timestamp)
  SELECT n, CASE WHEN d1 % 50 > 0 THEN 1 + d2 % ${CLINIC_USERS} END,
    (ARRAY['appointments', 'patients', 'medications', 'measurements'])[1 + n % 4], action,
    CASE WHEN action <> 'INSERT' THEN (${version(0)})::json END,
    CASE WHEN action <> 'DELETE' THEN (${version(1)})::json END,
    timestamp '${day}' - interval '${DAYS} days' - d1 * interval '359 microseconds'
      + (n - 0.5) * ${(DAYS * 86_400e6) / total} * interval '1 microsecond'
  FROM (
    SELECT n, hash % 5000000 AS d1, hash / 5000000 % 5000000 AS d2, 1 + (hash >> 24) % 50000 AS row_id,
      CASE (hash >> 40) % 20 WHEN 0 THEN 'DELETE' WHEN 1 THEN 'INSERT' WHEN 2 THEN 'INSERT' ELSE 'UPDATE' END AS action
    FROM (
      SELECT n, hashint8extended(n, 60) & 9223372036854775807 AS hash
      FROM generate_series(${from}::bigint, ${to}) n OFFSET 0
    ) hashed OFFSET 0
  ) drawn`;

/** Fills `audit_log`, a batch and commit at a time, and tells how many rows there are after each. */
export async function insertAuditRows(
  client: Client,
  day: string,
  total: number,
  onRows: (rows: number) => void,
): Promise<void> {
  for (let done = 0; done < total; ) {
    const to = Math.min(done + ROWS_PER_BATCH, total);
    await client.query(auditBatch(day, done + 1, to, total));
    done = to;
    onRows(done);
  }
  await client.query(
    `SELECT setval('audit_log_id_seq', greatest(max(id), 1), max(id) IS NOT NULL) FROM audit_log`,
  );
}
