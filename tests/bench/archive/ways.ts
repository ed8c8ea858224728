import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type ArchiveColumn, selectList } from '../../../shared/parquet/archive-columns.ts';
import type { ArchiveThread } from '../../../shared/parquet/archive-thread.ts';
import { encodeCopy } from '../../../shared/parquet/encode-copy.ts';
import { fixTextForms, readArchiveColumns } from '../../../shared/parquet/read-columns.ts';
import { copyOut } from '../../../shared/postgres/copy-out.ts';

export interface Taken {
  readonly seconds: number;
  /** Of what is left in the end; 0 where nothing is. */
  readonly sizeBytes: number;
}

export interface Way {
  readonly client: Client;
  readonly table: string;
  readonly thread: ArchiveThread;
}

async function timed(work: () => Promise<number>): Promise<Taken> {
  const from = performance.now();
  const sizeBytes = await work();
  return { seconds: (performance.now() - from) / 1_000, sizeBytes };
}

/** How the job selects a table's rows. */
export async function copyBinary(
  client: Client,
  table: string,
): Promise<{ columns: ArchiveColumn[]; statement: string }> {
  await client.query('BEGIN');
  await fixTextForms(client);
  const columns = await readArchiveColumns(client, { schema: 'public', table });
  await client.query('COMMIT');
  return {
    columns,
    statement: `COPY (SELECT ${selectList(columns)} FROM public.${table}) TO STDOUT (FORMAT binary)`,
  };
}

/** The limit: the same bytes, read and thrown away. */
export async function readOnly({ client, table }: Way): Promise<Taken> {
  const { statement } = await copyBinary(client, table);
  return timed(async () => {
    for await (const _block of copyOut(client, statement));
    return 0;
  });
}

export async function exportAlone({ client, table, thread }: Way): Promise<Taken> {
  const { columns, statement } = await copyBinary(client, table);
  return timed(async () => {
    const bounded = ['timestamp', 'id'];
    const { file, summary } = encodeCopy({ source: copyOut(client, statement), columns, bounded, thread });
    for await (const _bytes of file);
    return (await summary).sizeBytes;
  });
}

const csv = (table: string) => `COPY ${table} TO STDOUT (FORMAT csv, HEADER)`;

export async function csvThroughGzip({ client, table }: Way): Promise<Taken> {
  return timed(async () => {
    let sizeBytes = 0;
    const counted = new Writable({
      write(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length;
        done();
      },
    });
    await pipeline(client.query(copyTo(csv(table))), createGzip({ level: 6 }), counted);
    return sizeBytes;
  });
}

export async function csvThroughDuckDb({ client, table }: Way): Promise<Taken> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
  const [rows, file] = [join(folder, 'rows.csv'), join(folder, 'rows.parquet')];
  const instance = await DuckDBInstance.create();
  const duck = await instance.connect();
  try {
    return await timed(async () => {
      await pipeline(client.query(copyTo(csv(table))), createWriteStream(rows));
      await duck.run(`COPY (FROM read_csv('${rows}')) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
      return (await stat(file)).size;
    });
  } finally {
    duck.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}
