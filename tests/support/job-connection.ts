import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import { stageConfig } from './stage-config.ts';

/** How a job connects to a database of a test's cluster, as its superuser; tests vary it by spread. */
export async function jobConnection(
  cluster: EmbeddedCluster,
  databaseName: string,
  folder: string,
): Promise<ConnectOptions> {
  const { host, port, user, password, certificatePem } = cluster.address;
  const caFile = join(folder, 'authorities.pem');
  await writeFile(caFile, certificatePem);
  const database = stageConfig().databases.menotime;
  if (!database) throw new Error('the fixture has no database');
  return {
    address: { host, port },
    database: { ...database, databaseName },
    credentials: { user, password },
    caFile,
    applicationName: 'nightshift snapshot-export 2026-01-02',
  };
}
