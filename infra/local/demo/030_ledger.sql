-- A tamper-evident ledger: append only, each organisation's entries chained by hash.
CREATE TABLE ledger_entries (
  id varchar(20) PRIMARY KEY,
  organisation_id varchar(20) NOT NULL,
  type varchar(20) NOT NULL,
  amount bigint NOT NULL,
  currency varchar(3) NOT NULL,
  visibility varchar(20) NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  prev_entry_hash varchar(71),
  entry_hash varchar(71) NOT NULL CHECK (entry_hash ~ '^sha256:[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_ledger_entries_chain ON ledger_entries (organisation_id, created_at DESC, id DESC);

-- `sha256:` and the hex SHA-256 of these fields, joined by the unit separator (0x1f), in UTF-8:
-- id, organisation_id, type, amount, currency, visibility, metadata as jsonb prints it,
-- prev_entry_hash (empty for the first), created_at in UTC with microseconds.
CREATE FUNCTION ledger_entry_hash(entry ledger_entries) RETURNS varchar(71) LANGUAGE sql STABLE AS $$
  SELECT 'sha256:' || encode(sha256(convert_to(concat_ws(E'\x1f',
    entry.id, entry.organisation_id, entry.type, entry.amount::text, entry.currency, entry.visibility,
    entry.metadata::text, coalesce(entry.prev_entry_hash, ''),
    to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8')), 'hex')
$$;

CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: the ledger is append only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;

-- Entries of one organisation are inserted one after the other: the lock keeps two from taking the same
-- predecessor.
CREATE FUNCTION check_ledger_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_hash varchar(71);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('ledger_entries/' || NEW.organisation_id, 0));
  SELECT entry_hash INTO last_hash FROM ledger_entries
    WHERE organisation_id = NEW.organisation_id ORDER BY created_at DESC, id DESC LIMIT 1;
  IF NEW.prev_entry_hash IS DISTINCT FROM last_hash THEN
    RAISE EXCEPTION 'prev_entry_hash of % does not continue the chain of %', NEW.id, NEW.organisation_id
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER ledger_entries_chain BEFORE INSERT ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION check_ledger_chain();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries
  FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

-- FORCE binds the owner too, so that only BYPASSRLS and superusers see every organisation.
ALTER TABLE ledger_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_entries_of_organisation ON ledger_entries
  USING (organisation_id = current_setting('app.current_org_id', true));
