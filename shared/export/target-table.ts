import type { Client } from 'pg';
import { formatTableName } from '../config/table-name.ts';
import { PreconditionError } from '../job/errors.ts';
import { quoteName } from '../postgres/quote.ts';
import { sqlStateOf } from '../postgres/sqlstate.ts';
import type { RestorePlan } from './restore-plan.ts';
import { createTableStatement } from './table-definition.ts';

export interface PreparedTable {
  readonly created: boolean;
  /** Columns that rows are loaded into. */
  readonly load: readonly string[];
  readonly leftOut: readonly string[];
}

/**
 * Makes the table that rows are to come back into, or sees that the one that is there is empty and takes every exported
 * column. Inside of a transaction that stays open: nobody else writes to the table until it ends.
 */
export async function prepareTable(
  client: Client,
  plan: RestorePlan,
  exported: readonly string[],
): Promise<PreparedTable> {
  const quoted = quoteName(plan.into.schema, plan.into.name);
  const created = !(await isThere(client, quoted));
  await explainingDenial(plan, () =>
    created ? createTable(client, plan) : requireEmpty(client, plan, quoted),
  );
  const columns = await readColumns(client, quoted);
  const missing = exported.filter((name) => !columns.some((column) => column.name === name));
  if (missing.length > 0) {
    throw new PreconditionError(
      `${formatTableName(plan.into)} has no column ${missing.join(', ')}, and the export does. Load into a table of its own: name one that is not there yet with --into.`,
    );
  }
  const load = exported.filter((name) => !columns.find((column) => column.name === name)?.generated);
  const leftOut = columns.map(({ name }) => name).filter((name) => !load.includes(name));
  return { created, load, leftOut: exported.length > 0 ? leftOut : [] };
}

/** Refuses early what would be refused at the end of a long wait. Answers whether the table would be made. */
export async function lookAtTarget(
  client: Client,
  plan: RestorePlan,
): Promise<{ readonly creates: boolean }> {
  const quoted = quoteName(plan.into.schema, plan.into.name);
  if (!(await isThere(client, quoted))) return { creates: true };
  await explainingDenial(plan, () => requireNoRow(client, plan, quoted));
  return { creates: false };
}

async function isThere(client: Client, quoted: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    quoted,
  ]);
  return rows[0]?.there === true;
}

async function createTable(client: Client, plan: RestorePlan): Promise<void> {
  const { description, table, into, exportId } = plan;
  if (!description) {
    throw new PreconditionError(
      `The schema that was saved with ${exportId} does not know ${formatTableName(table)}: make the table ${formatTableName(into)} yourself, empty, and start again.`,
    );
  }
  await requireTypes(client, plan);
  await client.query(createTableStatement(into, description));
  const comment = `Brought back by Nightshift from the export ${exportId} of ${formatTableName(table)}.`;
  const quoted = quoteName(into.schema, into.name);
  await client.query(`COMMENT ON TABLE ${quoted} IS ${client.escapeLiteral(comment)}`);
}

/** What a file says becomes part of a statement: Postgres must take each for a type, and know it. */
async function requireTypes(client: Client, { description, exportId }: RestorePlan): Promise<void> {
  const types = [...new Set((description?.columns ?? []).map(({ type }) => type))];
  const { rows } = await client.query<{ type: string }>(
    'SELECT type FROM unnest($1::text[]) AS asked (type) WHERE to_regtype(type) IS NULL',
    [types],
  );
  if (rows.length === 0) return;
  throw new PreconditionError(
    `This database has no type ${rows.map(({ type }) => type).join(', ')}. The "types" and "extensions" in schema.json of ${exportId} say how each was made: make them, and start again.`,
  );
}

async function requireEmpty(client: Client, plan: RestorePlan, quoted: string): Promise<void> {
  await client.query(`LOCK TABLE ${quoted} IN SHARE ROW EXCLUSIVE MODE`);
  await requireNoRow(client, plan, quoted);
}

async function requireNoRow(client: Client, { into }: RestorePlan, quoted: string): Promise<void> {
  const { rows } = await client.query(`SELECT FROM ${quoted} LIMIT 1`);
  if (rows.length === 0) return;
  throw new PreconditionError(
    `${formatTableName(into)} holds rows, and an export is never loaded over rows. Name a table that is empty or not there yet with --into.`,
  );
}

async function readColumns(client: Client, quoted: string) {
  const { rows } = await client.query<{ name: string; generated: boolean }>(
    /* sql */ `SELECT attname AS name, attgenerated <> '' AS generated FROM pg_catalog.pg_attribute
                WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [quoted],
  );
  return rows;
}

async function explainingDenial<T>({ into }: RestorePlan, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const words = (error as Error).message;
    switch (sqlStateOf(error)) {
      case '42501':
        throw new PreconditionError(
          `Postgres refuses: ${words}. As its owner: GRANT USAGE, CREATE ON SCHEMA ${quoteName(into.schema)} TO CURRENT_USER; for a table that is there, GRANT SELECT, INSERT, UPDATE ON it.`,
        );
      case '3F000':
        throw new PreconditionError(
          `There is no schema ${into.schema}: CREATE SCHEMA ${quoteName(into.schema)};`,
        );
      default:
        throw error;
    }
  }
}
