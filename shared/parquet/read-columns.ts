import type { Client } from 'pg';
import { PreconditionError } from '../job/errors.ts';
import { quoteName } from '../postgres/quote.ts';
import type { ArchiveColumn, ColumnChoice } from './archive-columns.ts';
import { storedAs } from './stored-as.ts';

/** Settings under which a value's text says the value exactly, and comes back through its type's input function. */
export const EXACT_TEXT_SETTINGS = {
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  timezone: 'UTC',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  search_path: '',
  client_encoding: 'UTF8',
} as const;

/** Fixes the text forms for the open transaction; before readArchiveColumns, and before rows are copied out or in. */
export async function fixTextForms(client: Client): Promise<void> {
  const settings = Object.entries(EXACT_TEXT_SETTINGS);
  await client.query(
    /* sql */ 'SELECT set_config(name, setting, true) FROM unnest($1::text[], $2::text[]) AS s (name, setting)',
    [settings.map(([name]) => name), settings.map(([, setting]) => setting)],
  );
}

interface ColumnRow {
  readonly name: string;
  readonly postgresType: string;
  readonly nullable: boolean;
  readonly generated: boolean;
  readonly oid: number;
  readonly typtype: string;
  readonly typmod: number;
}

/** A not-null constraint that is not valid yet (PostgreSQL 18) lets NULLs be. */
const COLUMNS = /* sql */ `
  WITH RECURSIVE base AS (
    SELECT a.attnum, t.oid, t.typtype, t.typbasetype, t.typtypmod, a.atttypmod AS typmod
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT b.attnum, t.oid, t.typtype, t.typbasetype, t.typtypmod, b.typtypmod
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype
     WHERE b.typtype = 'd'
  )
  SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS "postgresType",
         a.attgenerated <> '' AS generated, b.oid::int, b.typtype::text, b.typmod,
         NOT a.attnotnull OR EXISTS (
           SELECT FROM pg_catalog.pg_constraint c
            WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND c.conkey = ARRAY[a.attnum] AND NOT c.convalidated
         ) AS nullable
    FROM pg_catalog.pg_attribute a JOIN base b ON b.attnum = a.attnum AND b.typtype <> 'd'
   WHERE a.attrelid = $1::regclass
   ORDER BY a.attnum`;

/**
 * How each column of a table is selected and stored, in the table's order. Call fixTextForms first, in the same
 * transaction, so that types are named with their schemas. Throws PreconditionError for a choice that does not fit.
 */
export async function readArchiveColumns(
  client: Client,
  { schema, table }: { readonly schema: string; readonly table: string },
  choice: ColumnChoice = {},
): Promise<ArchiveColumn[]> {
  const { rows } = await client.query<ColumnRow>(COLUMNS, [quoteName(schema, table)]);
  const { omit = [], hash = [], asText = [] } = choice;
  const known = new Set(rows.map(({ name }) => name));
  const unknown = [...omit, ...hash, ...asText].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new PreconditionError(
      `${schema}.${table} has no column ${unknown.join(', ')}: correct what its policy omits or hashes.`,
    );
  }
  const columns = rows.filter(({ name }) => !omit.includes(name));
  if (columns.length === 0) {
    throw new PreconditionError(`${schema}.${table} has no column left to archive: omit fewer.`);
  }
  return columns.map((row) => archiveColumn(row, hash.includes(row.name), asText.includes(row.name)));
}

function archiveColumn(row: ColumnRow, hashed: boolean, asText: boolean): ArchiveColumn {
  const { name, postgresType, nullable, generated } = row;
  const fitting = hashed || asText ? undefined : storedAs(row);
  return {
    name,
    postgresType,
    nullable,
    generated,
    selected: hashed ? 'hash' : fitting ? 'value' : 'text',
    stored: fitting ?? { kind: 'text' },
  };
}
