import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type ArchiveColumn, type ColumnChoice, selectList } from '../../shared/parquet/archive-columns.ts';
import { ColumnNeedsText } from '../../shared/parquet/archive-errors.ts';
import type { ArchiveThread } from '../../shared/parquet/archive-thread.ts';
import { encodeCopy } from '../../shared/parquet/encode-copy.ts';
import type { FileSummary } from '../../shared/parquet/file-summary.ts';
import { fixTextForms, readArchiveColumns } from '../../shared/parquet/read-columns.ts';
import { toCopyText } from '../../shared/parquet/to-copy-text.ts';
import { copyOut } from '../../shared/postgres/copy-out.ts';
import { quoteName } from '../../shared/postgres/quote.ts';

export interface Archived {
  readonly bytes: Buffer;
  readonly columns: readonly ArchiveColumn[];
  readonly summary: FileSummary;
}

interface ArchiveRequest {
  readonly client: Client;
  readonly thread?: ArchiveThread;
  readonly table: string;
  readonly bounded?: readonly string[];
  readonly choice?: ColumnChoice;
}

/** A table of schema `public` as one Parquet file. */
export async function archiveTable(request: ArchiveRequest): Promise<Archived> {
  const { client, table, choice, bounded, thread } = request;
  await client.query('BEGIN');
  try {
    await fixTextForms(client);
    const columns = await readArchiveColumns(client, { schema: 'public', table }, choice);
    const statement = `COPY (SELECT ${selectList(columns)} FROM ${quoteName('public', table)}) TO STDOUT (FORMAT binary)`;
    const encoded = encodeCopy({ source: copyOut(client, statement), columns, bounded, thread });
    const chunks: Uint8Array[] = [];
    for await (const chunk of encoded.file) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), columns, summary: await encoded.summary };
  } finally {
    await client.query('COMMIT');
  }
}

/** As a batch does it: a column whose values do not fit is archived as text. */
export async function archiveWhatFits(request: ArchiveRequest): Promise<Archived> {
  try {
    return await archiveTable(request);
  } catch (error) {
    if (!(error instanceof ColumnNeedsText)) throw error;
    const { asText = [], ...choice } = request.choice ?? {};
    return archiveWhatFits({ ...request, choice: { ...choice, asText: [...asText, error.column] } });
  }
}

/** Loads a file's columns, but for generated ones, into another table of `public`. */
export async function rehydrate(client: Client, { bytes, columns }: Archived, table: string): Promise<void> {
  const names = columns.filter(({ generated }) => !generated).map(({ name }) => name);
  const list = names.map((name) => quoteName(name)).join(', ');
  await client.query('BEGIN');
  await fixTextForms(client);
  const target = client.query(copyFrom(`COPY ${quoteName('public', table)} (${list}) FROM STDIN`));
  await pipeline(Readable.from(toCopyText(inMemory(bytes), names)), target);
  await client.query('COMMIT');
}

/** A file in memory, as hyparquet reads it. */
export function inMemory(bytes: Buffer) {
  const buffer = new Uint8Array(bytes).buffer;
  return {
    byteLength: buffer.byteLength,
    slice: (start: number, end?: number) => buffer.slice(start, end),
  };
}

/** What DuckDB answers about a file; `$file` in the query stands for it. */
export async function askDuckDb(bytes: Uint8Array, query: string): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-duckdb-'));
  const path = join(folder, 'archived.parquet');
  await writeFile(path, bytes);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(query.replaceAll('$file', `'${path}'`));
    return reader.getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}
