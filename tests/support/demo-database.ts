import { Client } from 'pg';
import type { JobStage } from './job-stage.ts';

/** Opens a connection of a superuser to a stage's first database for as long as `use` takes. */
export async function withDatabaseOf<T>(
  { databases, config }: Pick<JobStage, 'databases' | 'config'>,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const [database] = databases;
  const named = database && config.databases[database.name];
  if (!database || !named) throw new Error('The stage has no database.');
  const client = new Client({ ...database.instance.adminConnection, database: named.databaseName });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
