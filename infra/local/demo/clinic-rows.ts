import type { Client } from 'pg';
import { WORDS } from './chance.ts';

export const CLINIC_USERS = 40;

const fullName = (n: string) =>
  `pg_temp.pick(${n}, 1, ${WORDS.firstNames}) || ' ' || pg_temp.pick(${n}, 2, ${WORDS.lastNames})`;

const users = (day: string) => /* sql */ `
  INSERT INTO users (id, email, full_name, role, is_active, created_at)
  SELECT n, 'user' || n || '@clinic.example', ${fullName('n + 900000')},
    CASE WHEN n = 1 THEN 'admin' ELSE pg_temp.pick(n, 3, '{clinician,clinician,nurse,reception}') END,
    pg_temp.roll(n, 4, 10) > 0, timestamp '${day}' - interval '3 years' + n * interval '11 hours'
  FROM generate_series(1, ${CLINIC_USERS}::bigint) n`;

const patients = (day: string, patients: number) => /* sql */ `
  INSERT INTO patients (id, first_name, last_name, date_of_birth, email, phone, address, primary_clinician_id,
    created_at, updated_at)
  SELECT n, pg_temp.pick(n, 1, ${WORDS.firstNames}), pg_temp.pick(n, 2, ${WORDS.lastNames}),
    date '1930-01-01' + pg_temp.roll(n, 5, 32000)::integer,
    CASE WHEN pg_temp.roll(n, 6, 5) > 0 THEN 'patient' || n || '@mail.example' END,
    CASE WHEN pg_temp.roll(n, 7, 4) > 0 THEN '+1-555-' || lpad(pg_temp.roll(n, 8, 10000000)::text, 7, '0') END,
    pg_temp.roll(n, 9, 900) + 1 || ' Harbour Street' || E'\\n' || 'Unit ' || pg_temp.roll(n, 10, 40),
    1 + pg_temp.roll(n, 11, ${CLINIC_USERS}), joined, joined + pg_temp.roll(n, 13, 86400) * interval '1 second'
  FROM generate_series(1, ${patients}::bigint) n,
    LATERAL (SELECT timestamp '${day}' - (2 + pg_temp.roll(n, 12, 1093)) * interval '1 day' AS joined) j`;

const appointments = (day: string, patients: number) => /* sql */ `
  INSERT INTO appointments (id, patient_id, clinician_id, starts_at, minutes, status, reason)
  SELECT n, 1 + pg_temp.roll(n, 20, ${patients}), 1 + pg_temp.roll(n, 21, ${CLINIC_USERS}), at,
    15 * (1 + pg_temp.roll(n, 23, 4)),
    CASE WHEN at < timestamp '${day}' THEN pg_temp.pick(n, 24, '{completed,completed,completed,cancelled,no_show}')
      ELSE 'scheduled' END,
    pg_temp.pick(n, 25, '{check-up,follow-up,"new symptoms","lab results",NULL}')
  FROM generate_series(1, ${patients * 10}::bigint) n, LATERAL (
    SELECT timestamp '${day}' - (pg_temp.roll(n, 22, 1100) - 30) * interval '1 day'
      + (16 + pg_temp.roll(n, 26, 40)) * interval '30 minutes' AS at) a`;

const clinicalNotes = (day: string, patients: number) => /* sql */ `
  INSERT INTO clinical_notes (id, patient_id, author_id, body, tags, created_at)
  SELECT n, 1 + pg_temp.roll(n, 30, ${patients}), 1 + pg_temp.roll(n, 31, ${CLINIC_USERS}),
    pg_temp.pick(n, 32, '{"Patient reports hot flushes","Sleep has improved","No new complaints","Dose adjusted"}')
      || '. BP ' || 100 + pg_temp.roll(n, 33, 60) || '/' || 60 + pg_temp.roll(n, 34, 40) || E'.\\n'
      || repeat('Discussed lifestyle, options and expected effects. ', 1 + pg_temp.roll(n, 35, 6)::integer),
    CASE WHEN pg_temp.roll(n, 36, 3) = 0 THEN '{}'
      ELSE ARRAY[pg_temp.pick(n, 37, '{hrt,sleep,mood,"bone density"}')] END,
    timestamp '${day}' - (1 + pg_temp.roll(n, 38, 94000000)) * interval '1 second'
  FROM generate_series(1, ${patients * 3}::bigint) n`;

const medications = (day: string, patients: number) => /* sql */ `
  INSERT INTO medications (id, patient_id, name, dose_mg, started_on, ended_on)
  SELECT n, 1 + pg_temp.roll(n, 40, ${patients}), pg_temp.pick(n, 41, '{Estradiol,Progesterone,Sertraline,Gabapentin}'),
    (1 + pg_temp.roll(n, 42, 4000)) / 20.0, started,
    CASE WHEN pg_temp.roll(n, 44, 2) = 0 THEN started + 30 END
  FROM generate_series(1, ${patients * 2}::bigint) n,
    LATERAL (SELECT date '${day}' - (31 + pg_temp.roll(n, 43, 1000))::integer AS started) s`;

const measurements = (day: string, patients: number) => /* sql */ `
  INSERT INTO measurements (id, patient_id, kind, value, unit, measured_at)
  SELECT n, 1 + pg_temp.roll(n, 50, ${patients}), (ARRAY['weight', 'systolic', 'estradiol'])[1 + n % 3],
    round((50 + pg_temp.roll(n, 51, 90000) / 1000.0), 3), (ARRAY['kg', 'mmHg', 'pg/mL'])[1 + n % 3],
    timestamp '${day}' - (1 + pg_temp.roll(n, 52, 94000000)) * interval '1 second'
  FROM generate_series(1, ${patients * 10}::bigint) n`;

/** Fills the clinic's tables, all but its audit log, with rows relative to `day` (YYYY-MM-DD, UTC). */
export async function insertClinicRows(client: Client, day: string, patientCount: number): Promise<void> {
  await client.query(`INSERT INTO alembic_version VALUES ('8f4c1d2e3a5b')`);
  await client.query(users(day));
  for (const rows of [patients, appointments, clinicalNotes, medications, measurements]) {
    await client.query(rows(day, patientCount));
  }
  for (const table of [
    'users',
    'patients',
    'appointments',
    'clinical_notes',
    'medications',
    'measurements',
  ]) {
    await client.query(`SELECT setval('${table}_id_seq', (SELECT max(id) FROM ${table}))`);
  }
}
