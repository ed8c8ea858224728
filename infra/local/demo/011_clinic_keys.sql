-- Built over the finished rows: one sort each, instead of one descent for each row.
ALTER TABLE audit_log ADD PRIMARY KEY (id);
CREATE INDEX ix_audit_log_timestamp ON audit_log (timestamp);
ALTER TABLE audit_log ADD FOREIGN KEY (user_id) REFERENCES users;

CREATE INDEX ix_patients_last_name ON patients (last_name, first_name);
CREATE INDEX ix_appointments_starts_at ON appointments (starts_at);
CREATE INDEX ix_appointments_patient_id ON appointments (patient_id);
CREATE INDEX ix_clinical_notes_patient_id ON clinical_notes (patient_id);
CREATE INDEX ix_measurements_patient_kind ON measurements (patient_id, kind, measured_at);

ALTER TABLE patients ADD FOREIGN KEY (primary_clinician_id) REFERENCES users;
ALTER TABLE appointments ADD FOREIGN KEY (patient_id) REFERENCES patients,
  ADD FOREIGN KEY (clinician_id) REFERENCES users;
ALTER TABLE clinical_notes ADD FOREIGN KEY (patient_id) REFERENCES patients ON DELETE CASCADE,
  ADD FOREIGN KEY (author_id) REFERENCES users;
ALTER TABLE medications ADD FOREIGN KEY (patient_id) REFERENCES patients ON DELETE CASCADE;
ALTER TABLE measurements ADD FOREIGN KEY (patient_id) REFERENCES patients ON DELETE CASCADE;

CREATE TRIGGER patients_touch BEFORE UPDATE ON patients
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
