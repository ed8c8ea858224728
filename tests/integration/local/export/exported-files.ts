import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';

/** Every key of the bucket below a prefix. */
export async function listKeys(s3: S3Client, bucket: string, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
  }
  return keys;
}

export async function readJson<T>(s3: S3Client, bucket: string, key: string): Promise<T> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '') as T;
}

/** Copies objects into a folder, under their keys. */
export async function download(s3: S3Client, bucket: string, keys: readonly string[], folder: string) {
  for (const key of keys) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), (await Body?.transformToByteArray()) ?? new Uint8Array());
  }
}

export async function openDuckDb(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  return instance.connect();
}

/** Unlike the readers' own ways to make strings, it keeps a leading U+FEFF and refuses what is not UTF-8. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Rows as DuckDB reads them, in plain JavaScript values; strings leave it as bytes. */
export async function readByDuckDb(
  duckdb: DuckDBConnection,
  files: readonly string[],
  columns: readonly string[],
): Promise<unknown[][]> {
  const from = `read_parquet([${files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ')}])`;
  const described = await duckdb.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  const types = new Map(described.getRowsJS().map(([name, type]) => [name, type]));
  const isText = columns.map((column) => types.get(column) === 'VARCHAR');
  const quoted = columns.map((column) => `"${column.replaceAll('"', '""')}"`);
  const list = quoted.map((column, i) => (isText[i] ? `encode(${column})` : column)).join(', ');
  const result = await duckdb.runAndReadAll(`SELECT ${list} FROM ${from}`);
  return result
    .getRowsJS()
    .map((row) =>
      row.map((value, i) => (isText[i] && value instanceof Uint8Array ? decoder.decode(value) : value)),
    );
}

const parsers = { stringFromBytes: (bytes?: Uint8Array) => bytes && decoder.decode(bytes) };

/** Rows as hyparquet reads them. */
export async function readByHyparquet(
  files: readonly string[],
  columns: readonly string[],
): Promise<unknown[][]> {
  const compressors = { GZIP: (page: Uint8Array) => new Uint8Array(gunzipSync(page)) };
  const rows: unknown[][] = [];
  for (const path of files) {
    const file = await asyncBufferFromFile(path);
    const objects = await parquetReadObjects({ file, compressors, parsers, utf8: false });
    rows.push(...objects.map((row) => columns.map((column) => row[column])));
  }
  return rows;
}
