import type { Client } from 'pg';

/** The columns of a table and its rows as Postgres prints them, asked for without COPY. */
export async function sourceRows(client: Client, quotedTable: string) {
  const { fields, rows } = await client.query<(string | null)[]>({
    text: `SELECT * FROM ONLY ${quotedTable}`,
    rowMode: 'array',
    types: { getTypeParser: () => (text: string) => text },
  });
  return { columns: fields.map(({ name }) => name), types: fields.map(({ dataTypeID }) => dataTypeID), rows };
}

const BOOL = 16;
const BYTEA = 17;
const FLOAT4 = 700;
const FLOAT8 = 701;

/** What a reader found, as Postgres would print it; floats as their bits' value, so that both sides compare. */
export function foundText(type: number, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (type === BOOL) return value === true ? 't' : 'f';
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (type === FLOAT4 || type === FLOAT8) return floatText(Number(value));
  return String(value);
}

/** Postgres's text, with floats as the number that they stand for. */
export function expectedText(type: number, text: string | null): string | null {
  if (text === null) return null;
  if (type === FLOAT4) return floatText(Math.fround(Number(text)));
  if (type === FLOAT8) return floatText(Number(text));
  if (type === BYTEA && !text.startsWith('\\x')) throw new Error('bytea is not printed in hex');
  return text;
}

function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Rows as comparable lines of text forms, in an order that does not depend on how they were read. */
export function asLines<T>(
  rows: readonly (readonly T[])[],
  types: readonly number[],
  textOf: (type: number, value: T) => string | null,
): string[] {
  return rows.map((row) => JSON.stringify(row.map((value, i) => textOf(types[i] ?? 0, value)))).sort();
}
