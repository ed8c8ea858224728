import type { Client } from 'pg';

/** The schema of an extension whose view or table of the same name this role may read, and which answers. */
export async function schemaOfExtension(client: Client, extension: string): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string }>(
    /* sql */ `SELECT n.nspname AS schema FROM pg_extension e JOIN pg_class c ON c.relname = e.extname AND c.relnamespace = e.extnamespace
        JOIN pg_namespace n ON n.oid = e.extnamespace
       WHERE e.extname = $1 AND has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
         -- Without its library its view only raises.
         AND EXISTS (SELECT FROM pg_settings WHERE name = $1 || '.max')`,
    [extension],
  );
  return rows[0]?.schema;
}
