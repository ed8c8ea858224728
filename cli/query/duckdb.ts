import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../failure.ts';

/** Runs work on a DuckDB in memory. Throws UsageError where the package is not installed. */
export async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await importDuckDb();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function importDuckDb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (cause) {
    throw new UsageError(
      `This needs DuckDB, which is not installed: npm install --no-save @duckdb/node-api\n(${(cause as Error).message.split('\n')[0]})`,
    );
  }
}

/** As DuckDB quotes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * From here on the SQL of a user sees the folder's files and nothing else of this machine or the network, and cannot
 * change that. What does not fit into memory is spilled into the folder.
 */
export async function confineTo(connection: DuckDBConnection, folder: string): Promise<void> {
  const settings = [
    `temp_directory = ${quoteText(`${folder}/spilled`)}`,
    `allowed_directories = [${quoteText(`${folder}/`)}]`,
    'enable_external_access = false',
    'lock_configuration = true',
  ];
  for (const setting of settings) await connection.run(`SET ${setting}`);
}
