import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Rows of one Parquet file, by a reader that is none of ours: DuckDB. */
export async function readParquetBytes(bytes: Uint8Array, columns = '*') {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const file = join(folder, 'file.parquet');
    await writeFile(file, bytes);
    const result = await connection.runAndReadAll(`SELECT ${columns} FROM read_parquet('${file}')`);
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}
