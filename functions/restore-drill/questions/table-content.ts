import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';

/** A table's rows as a whole: how many, and a hash that does not depend on their order and counts duplicates. */
export interface TableContent {
  readonly rows: number;
  readonly hash: string;
}

/** Two sums of 64 bits: rows that cancel each other out in one do not in the other. */
const contentSql = (from: string, columns: readonly string[]) => /* sql */ `
  SELECT count(*)::float8 AS rows,
         coalesce(sum(hashtextextended(row_text, 0)::numeric), 0) || ' ' ||
         coalesce(sum(hashtextextended(row_text, 1)::numeric), 0) AS hash
    FROM (SELECT ROW(${list(columns)})::text COLLATE "C" AS row_text FROM ${from}) AS texts`;

export async function readContent(
  client: Client,
  from: string,
  columns: readonly string[],
): Promise<TableContent> {
  const { rows } = await client.query<TableContent>(contentSql(from, columns));
  const [content] = rows;
  if (!content) throw new Error(`Postgres answered no row to the hash of ${from}.`);
  return content;
}

export interface Difference {
  /** In the one and not in the other, duplicates counted. */
  readonly onlyHere: number;
  readonly onlyThere: number;
  /** Key of the first row that is only here. */
  readonly example: string | null;
}

/** Looks row by row, once it is known that there is something to find. */
export async function readDifference(
  client: Client,
  {
    here,
    there,
    columns,
    key,
  }: {
    readonly here: string;
    readonly there: string;
    readonly columns: readonly string[];
    readonly key: string;
  },
): Promise<Difference> {
  const texts = (from: string) => `SELECT ROW(${list(columns)})::text COLLATE "C" FROM ${from}`;
  const { rows } = await client.query<Difference>(
    /* sql */ `
      SELECT (SELECT count(*) FROM (${texts(here)} EXCEPT ALL ${texts(there)}) AS a)::float8 AS "onlyHere",
             (SELECT count(*) FROM (${texts(there)} EXCEPT ALL ${texts(here)}) AS b)::float8 AS "onlyThere",
             (SELECT min(key) FROM (SELECT ${key} AS key, ROW(${list(columns)})::text COLLATE "C" AS row_text FROM ${here}) AS h
               WHERE NOT EXISTS (SELECT FROM (${texts(there)}) AS t (row_text) WHERE t.row_text = h.row_text)) AS example`,
  );
  return rows[0] ?? { onlyHere: 0, onlyThere: 0, example: null };
}

export const list = (columns: readonly string[]) => columns.map((column) => quoteName(column)).join(', ');
