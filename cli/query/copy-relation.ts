import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { selectList } from '../../shared/parquet/archive-columns.ts';
import { ColumnNeedsText } from '../../shared/parquet/archive-errors.ts';
import { encodeCopy } from '../../shared/parquet/encode-copy.ts';
import { readArchiveColumns } from '../../shared/parquet/read-columns.ts';
import { copyOut } from '../../shared/postgres/copy-out.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { Period } from '../period.ts';

export interface RelationCopy {
  readonly relation: TableName;
  readonly ageColumn: string;
  readonly period: Period;
  /** Its columns alone. */
  readonly empty?: boolean;
  readonly path: string;
}

/**
 * Copies a table or view into a Parquet file, as the archive's own are made, inside of the transaction that is open and
 * whose text forms are fixed. A column whose values do not fit their type is copied as text.
 */
export async function copyRelation(
  client: Client,
  copy: RelationCopy,
  asText: readonly string[] = [],
): Promise<void> {
  const { schema, name: table } = copy.relation;
  const columns = await readArchiveColumns(client, { schema, table }, { asText });
  const where = conditionOf(client, copy, new Set(columns.map(({ name }) => name)));
  const sql = `COPY (SELECT ${selectList(columns)} FROM ${quoteName(schema, table)} WHERE ${where}) TO STDOUT (FORMAT binary)`;
  try {
    const { file } = encodeCopy({ source: copyOut(client, sql), columns });
    await pipeline(file, createWriteStream(copy.path, { mode: 0o600 }));
  } catch (error) {
    if (!(error instanceof ColumnNeedsText) || asText.includes(error.column)) throw error;
    await copyRelation(client, copy, [...asText, error.column]);
  }
}

/** A table of days has `day` in the place of the age column. */
function conditionOf(
  client: Client,
  { ageColumn, period: { from, to }, empty = false }: RelationCopy,
  columns: ReadonlySet<string>,
): string {
  if (empty) return 'false';
  const age = [ageColumn, 'day'].find((name) => columns.has(name));
  if (age === undefined) return 'true';
  const bound = (time: string) => `${client.escapeLiteral(time)}::timestamptz`;
  return [
    'true',
    ...(from ? [`${quoteName(age)} >= ${bound(from)}`] : []),
    ...(to ? [`${quoteName(age)} < ${bound(to)}`] : []),
  ].join(' AND ');
}
