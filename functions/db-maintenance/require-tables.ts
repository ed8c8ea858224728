import type { Client } from 'pg';
import { formatTableName, parseTableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quotedList } from '../../shared/job/start-event.ts';

const missingSql = /* sql */ `
  SELECT o.schema, o.name FROM unnest($1::text[], $2::text[]) WITH ORDINALITY o (schema, name, position)
  WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = o.schema AND c.relname = o.name AND c.relkind IN ('r', 'm', 'p'))
  ORDER BY o.position`;

/** Throws PreconditionError with those that are not there: a run that finds nothing to do would say that all is well. */
export async function requireTables(client: Client, tables: readonly string[] | null): Promise<void> {
  if (tables === null) return;
  const names = tables.flatMap((table) => parseTableName(table) ?? []);
  const { rows } = await client.query<{ schema: string; name: string }>(missingSql, [
    names.map(({ schema }) => schema),
    names.map(({ name }) => name),
  ]);
  if (rows.length === 0) return;
  throw new PreconditionError(
    `"tables" names what is no table or materialized view of this database: ${quotedList(rows.map(formatTableName))}. Nothing was begun.`,
  );
}
