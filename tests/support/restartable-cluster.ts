import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { createCertificate, writeCertificate } from '../../infra/local/postgres/certificate.ts';
import { connectionTo, withConnection } from '../../infra/local/postgres/connection.ts';
import { createPostgresHost } from '../../infra/local/postgres/host.ts';
import { startServer } from '../../infra/local/postgres/server.ts';
import type { Settings } from '../../infra/local/postgres/settings.ts';
import { startWatchdog } from '../../infra/local/postgres/watchdog.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import { newCluster } from './new-cluster.ts';

const superuser = { user: 'owner', password: 'owner-secret' };

export const restarts = ['clean restart', 'immediate stop and start', 'a backend killed'] as const;
export type Restart = (typeof restarts)[number];

/** A throw-away Postgres that crashes and starts again on the same port. */
export interface RestartableCluster extends EmbeddedCluster {
  readonly restart: (how: Restart) => Promise<void>;
}

/** Starts a cluster with these settings in a folder of its own. */
export async function startRestartableCluster(
  major: PostgresMajor,
  parameters: Settings,
): Promise<RestartableCluster> {
  const watchdog = startWatchdog();
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  const host = await createPostgresHost(folder, watchdog);
  const { certificatePem, keyPem } = await createCertificate();
  const certificate = await writeCertificate({ certificatePem, keyPem }, join(folder, 'tls'), host.user);
  const dataDirectory = join(folder, 'data');
  await newCluster(host, {
    major,
    dataDirectory,
    superuser: superuser.user,
    password: superuser.password,
  });
  const options = { major, dataDirectory, settings: { certificate, parameters } };
  let server = await startServer(host, options);
  const { port } = server;
  const address = { host: '127.0.0.1', port, ...superuser, certificatePem };
  const config = (database: string) => connectionTo({ ...address, database });
  const killBackend = async () => {
    await withConnection(config('postgres'), async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
    }).catch(() => undefined);
    const answers = () =>
      withConnection(config('postgres'), (client) => client.query('SELECT')).then(
        () => true,
        () => false,
      );
    // The others are ended before it recovers.
    do await sleep(100);
    while (!(await answers()));
  };
  return {
    address,
    config,
    createDatabase: (name) =>
      withConnection(config('postgres'), async (client) => {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      }),
    restart: async (how) => {
      if (how === 'a backend killed') return killBackend();
      await (how === 'clean restart' ? server.stop() : server.discard());
      server = await startServer(host, { ...options, port });
    },
    stop: async () => {
      await watchdog.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
