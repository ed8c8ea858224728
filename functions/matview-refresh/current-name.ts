import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';

const nameSql = /* sql */ `
  SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = $1::oid AND c.relkind = 'm'`;

/** What a view is called now, since a plan may be minutes old; undefined where it is gone. */
export async function readCurrentName(client: Client, viewId: string): Promise<TableName | undefined> {
  return (await client.query<TableName>(nameSql, [viewId])).rows[0];
}
