import type { Client } from 'pg';

export const wideRows = 400;

/** Of digits that nobody can compress to nothing, and not compressed in the table, so that COPY is quick. */
export async function makeWideRows(client: Client): Promise<void> {
  await client.query(/* sql */ `
    CREATE TABLE IF NOT EXISTS bench_wide (id integer PRIMARY KEY, body text);
    ALTER TABLE bench_wide ALTER body SET STORAGE EXTERNAL;
    INSERT INTO bench_wide
      SELECT n, (SELECT string_agg(md5(n || '.' || i), '') FROM generate_series(1, 32768) i)
      FROM generate_series(1, ${wideRows}) n
    ON CONFLICT DO NOTHING`);
}
