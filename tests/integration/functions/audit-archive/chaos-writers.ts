import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/**
 * A table that is written to all the time, and what every row must be: kept by a trigger that follows writers, and not
 * the job. So what the job moves stays in `chaos_truth`, and must be found in the archive.
 */
export const CHAOS_TABLES = /* sql */ `
  CREATE TABLE chaos_log (
    id bigint PRIMARY KEY, at timestamp NOT NULL, note text, body jsonb, amount numeric(20, 4), tags text[]
  );
  CREATE INDEX ON chaos_log (at);
  CREATE TABLE chaos_truth (LIKE chaos_log);
  CREATE INDEX ON chaos_truth (id);
  CREATE SEQUENCE chaos_ids;
  CREATE FUNCTION follow_writers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
  BEGIN
    IF current_setting('application_name') LIKE 'nightshift audit-archive%' THEN RETURN NULL; END IF;
    IF TG_OP <> 'INSERT' THEN DELETE FROM chaos_truth WHERE id = OLD.id; END IF;
    IF TG_OP <> 'DELETE' THEN INSERT INTO chaos_truth SELECT NEW.*; END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER follow_writers AFTER INSERT OR UPDATE OR DELETE ON chaos_log
    FOR EACH ROW EXECUTE FUNCTION follow_writers();
  GRANT SELECT, DELETE ON chaos_log TO nightshift`;

/** Rows of the last three years, some of them this moment's. */
export const insertRows = (rows: number) => /* sql */ `
  INSERT INTO chaos_log
  SELECT nextval('chaos_ids'),
         CASE WHEN random() < 0.1 THEN localtimestamp ELSE localtimestamp - (random() * 1000) * interval '1 day' END,
         CASE WHEN random() < 0.2 THEN NULL ELSE md5(random()::text) END,
         jsonb_build_object('n', n, 'text', repeat('é', (random() * 50)::int)), (random() * 1000000)::numeric(20, 4),
         ARRAY['a', NULL, 'b "quoted"']
    FROM generate_series(1, ${rows}) n`;

export interface ChaosWriters {
  /** Ends them, each after the transaction that it is in; answers how many statements they committed. */
  stop(): Promise<number>;
}

/** Insert (also with old times, also in transactions that stay open), update and delete at random, side by side. */
export function startWriters(config: ClientConfig): ChaosWriters {
  const ending = new AbortController();
  let committed = 0;
  const write = async (statements: (client: Client) => Promise<unknown>) => {
    const client = new Client({ ...config, application_name: 'writer' });
    await client.connect();
    while (!ending.signal.aborted) {
      await statements(client);
      committed += 1;
      await sleep(20 * Math.random());
    }
    await client.end();
  };
  const working = Promise.all([
    write((client) => client.query(insertRows(20))),
    write(async (client) => {
      await client.query('BEGIN');
      await client.query(insertRows(5));
      await sleep(1_500 * Math.random());
      await client.query(Math.random() < 0.2 ? 'ROLLBACK' : 'COMMIT');
    }),
    write((client) =>
      client.query(
        "UPDATE chaos_log SET note = md5(random()::text) WHERE id = (SELECT id FROM chaos_log WHERE at < localtimestamp - interval '365 days' OFFSET (random() * 100)::int LIMIT 1)",
      ),
    ),
    write((client) =>
      client.query(
        'DELETE FROM chaos_log WHERE id = (SELECT id FROM chaos_log OFFSET (random() * 1000)::int LIMIT 1)',
      ),
    ),
  ]);
  return {
    stop: async () => {
      ending.abort();
      await working;
      return committed;
    },
  };
}
