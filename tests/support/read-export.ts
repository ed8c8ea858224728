import { DuckDBInstance } from '@duckdb/node-api';
import { objectPath } from '../../infra/local/aws/object-path.ts';

export interface ManifestTable {
  readonly folder: string;
  readonly tables: readonly string[];
  readonly rows: number;
  readonly against: string;
  readonly files: readonly {
    readonly key: string;
    readonly rows: number;
    readonly checksum: string | null;
  }[];
}

/** Reads the Parquet files of a table by a reader that is none of ours: DuckDB. Values come as text. */
export async function readTable(s3Folder: string, bucket: string, table: ManifestTable, columns = '*') {
  if (table.files.length === 0) return [];
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const files = table.files.map(
      ({ key }) => `'${objectPath(s3Folder, bucket, key).replaceAll("'", "''")}'`,
    );
    const result = await connection.runAndReadAll(
      `SELECT ${columns} FROM read_parquet([${files.join(', ')}])`,
    );
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
