import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Relation } from './relations.ts';

const keySql = /* sql */ `
  SELECT a.attname AS name FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS u (number, place), pg_attribute a
   WHERE i.indrelid = $1::oid AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = u.number ORDER BY u.place`;

/** The columns of a table's primary key, in its order. */
export async function keyColumns(client: Client, { oid }: Pick<Relation, 'oid'>): Promise<string[]> {
  return (await client.query<{ name: string }>(keySql, [oid])).rows.map(({ name }) => name);
}

/** An SQL expression over a row that names it by its primary key. */
export function keyText(client: Client, columns: readonly string[]): string {
  if (columns.length === 0) return `'the row at ' || ctid::text`;
  return columns
    .map((name) => `${client.escapeLiteral(`${name} = `)} || ${quoteName(name)}::text`)
    .join(` || ', ' || `);
}
