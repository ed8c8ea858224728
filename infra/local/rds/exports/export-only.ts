import type { ClientConfig } from 'pg';
import { AwsFault } from '../../gateway/service.ts';
import { withConnection } from '../../postgres/connection.ts';

/** One entry of `ExportOnly`. */
export interface ExportObject {
  readonly text: string;
  readonly database: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
}

/** Names with other characters cannot be chosen by themselves. */
const OBJECT = /^(?<database>[\w$]+)(\.(?<schema>[\w$]+)(\.(?<table>[\w$]+))?)?$/;
const LONGEST_LIST_BYTES = 200 * 1024;

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidExportOnly', message);
}

/** Reads `database`, `database.schema` or `database.schema.table`. Throws `InvalidExportOnly`. */
export function parseExportOnly(entries: readonly string[]): ExportObject[] {
  if (Buffer.byteLength(entries.join()) > LONGEST_LIST_BYTES)
    throw invalid('The ExportOnly list is longer than 200 KB.');
  return entries.map((text) => {
    const { database, schema, table } = OBJECT.exec(text)?.groups ?? {};
    if (database === undefined)
      throw invalid(`Invalid format in ExportOnly: ${text}. Use database.schema.table.`);
    return { text, database, schema, table };
  });
}

/** Throws `InvalidExportOnly` for an entry that names nothing in the snapshot, whose server `connect` reaches. */
export async function requireObjects(
  objects: readonly ExportObject[],
  connect: (database: string) => ClientConfig,
): Promise<void> {
  for (const object of objects) {
    if (!(await isPresent(object, connect))) {
      throw invalid(`The object ${object.text} in ExportOnly does not exist in the snapshot.`);
    }
  }
}

async function isPresent(
  { database, schema, table }: ExportObject,
  connect: (database: string) => ClientConfig,
): Promise<boolean> {
  const databases = 'SELECT 1 FROM pg_database WHERE datname = $1 AND datallowconn AND NOT datistemplate';
  if (!(await hasRow(connect('postgres'), databases, [database]))) return false;
  if (schema === undefined) return true;
  if (table === undefined)
    return hasRow(connect(database), 'SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  const tables = /* sql */ `
    SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`;
  return hasRow(connect(database), tables, [schema, table]);
}

async function hasRow(connection: ClientConfig, sql: string, values: readonly string[]): Promise<boolean> {
  return withConnection(connection, async (client) => (await client.query(sql, [...values])).rows.length > 0);
}
