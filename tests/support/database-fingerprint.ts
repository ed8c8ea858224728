import type { Client } from 'pg';

/** The rows and an order-free hash of their text, by `schema.table`, of every table and filled view. */
export async function databaseFingerprint(client: Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ name: string; quoted: string }>(
    `SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'm') AND c.relispopulated
       AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  const fingerprint: Record<string, string> = {};
  for (const { name, quoted } of rows) {
    const { rows: found } = await client.query<{ rows: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '') AS rows
       FROM (SELECT md5(t::text) AS h FROM ONLY ${quoted} t) hashed`,
    );
    fingerprint[name] = found[0]?.rows ?? '';
  }
  return fingerprint;
}
