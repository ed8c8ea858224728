-- A clinic: people, visits and the audit trail over them. Keys and indexes over the rows come in 011.
CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);

CREATE TABLE users (
  id serial PRIMARY KEY,
  email varchar(255) NOT NULL UNIQUE,
  full_name varchar(255) NOT NULL,
  role varchar(20) NOT NULL CHECK (role IN ('clinician', 'nurse', 'reception', 'admin')),
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamp DEFAULT now()
);

CREATE TABLE patients (
  id serial PRIMARY KEY,
  first_name varchar(100) NOT NULL,
  last_name varchar(100) NOT NULL,
  date_of_birth date NOT NULL,
  email varchar(255),
  phone varchar(30),
  address text,
  primary_clinician_id integer,
  created_at timestamp DEFAULT now(),
  updated_at timestamp DEFAULT now()
);

CREATE TABLE appointments (
  id serial PRIMARY KEY,
  patient_id integer NOT NULL,
  clinician_id integer,
  starts_at timestamp NOT NULL,
  minutes smallint NOT NULL DEFAULT 30,
  status varchar(20) NOT NULL,
  reason text
);

CREATE TABLE clinical_notes (
  id serial PRIMARY KEY,
  patient_id integer NOT NULL,
  author_id integer,
  body text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamp DEFAULT now()
);

CREATE TABLE medications (
  id serial PRIMARY KEY,
  patient_id integer NOT NULL,
  name varchar(100) NOT NULL,
  dose_mg numeric(8, 2) NOT NULL,
  started_on date NOT NULL,
  ended_on date
);

CREATE TABLE measurements (
  id bigserial PRIMARY KEY,
  patient_id integer NOT NULL,
  kind varchar(30) NOT NULL,
  value double precision NOT NULL,
  unit varchar(10) NOT NULL,
  measured_at timestamp NOT NULL
);

-- Its primary key is added by 011: rows go in several times faster without one.
CREATE TABLE audit_log (
  id serial,
  user_id integer,
  table_name varchar(255) NOT NULL,
  action varchar(10) NOT NULL,
  old_values json,
  new_values json,
  timestamp timestamp DEFAULT now()
);

-- Keeps updated_at true, as the application's migrations do.
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
