import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { createCertificate, writeCertificate } from '../../infra/local/postgres/certificate.ts';
import { connectionTo, withConnection } from '../../infra/local/postgres/connection.ts';
import { createPostgresHost } from '../../infra/local/postgres/host.ts';
import { startServer } from '../../infra/local/postgres/server.ts';
import { startWatchdog } from '../../infra/local/postgres/watchdog.ts';
import { newCluster } from './new-cluster.ts';

const SUPERUSER = 'owner';
const PASSWORD = 'owner-secret';

/** A throw-away Postgres with TLS for one test file. */
export interface EmbeddedCluster {
  readonly address: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly certificatePem: string;
  };
  /** Connection settings of its superuser for one of its databases. */
  readonly config: (database: string) => ClientConfig;
  readonly createDatabase: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts a cluster in a folder of its own under the system's temporary folder. */
export async function startEmbeddedCluster(major: PostgresMajor = 15): Promise<EmbeddedCluster> {
  const watchdog = startWatchdog();
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  const host = await createPostgresHost(folder, watchdog);
  const { certificatePem, keyPem } = await createCertificate();
  const certificate = await writeCertificate({ certificatePem, keyPem }, join(folder, 'tls'), host.user);
  const dataDirectory = join(folder, 'data');
  await newCluster(host, { major, dataDirectory, superuser: SUPERUSER, password: PASSWORD });
  const { port } = await startServer(host, { major, dataDirectory, settings: { certificate } });
  const address = { host: '127.0.0.1', port, user: SUPERUSER, password: PASSWORD, certificatePem };
  const config = (database: string) => connectionTo({ ...address, database });
  return {
    address,
    config,
    createDatabase: (name) =>
      withConnection(config('postgres'), async (client) => {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      }),
    stop: async () => {
      await watchdog.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
