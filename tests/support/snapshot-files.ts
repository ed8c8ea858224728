import { mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDBSnapshotCommand, waitUntilDBSnapshotAvailable } from '@aws-sdk/client-rds';
import { createCertificate, writeCertificate } from '../../infra/local/postgres/certificate.ts';
import { withConnection } from '../../infra/local/postgres/connection.ts';
import { copyCluster } from '../../infra/local/postgres/data-directory.ts';
import { createPostgresHost } from '../../infra/local/postgres/host.ts';
import { startServer } from '../../infra/local/postgres/server.ts';
import { startWatchdog } from '../../infra/local/postgres/watchdog.ts';
import type { JobStage } from './job-stage.ts';

const block = 8_192;

/** The files of the local RDS's snapshots, to be changed behind its back, as a disk or an intruder would. */
export async function openSnapshotFiles(stage: JobStage) {
  const watchdog = startWatchdog();
  const own = await mkdtemp(join(tmpdir(), 'nightshift-files-'));
  const host = await createPostgresHost(own, watchdog);
  const pem = await createCertificate();
  const certificate = await writeCertificate(pem, join(own, 'tls'), host.user);
  const [database] = stage.databases;
  if (!database) throw new Error('The stage has no database.');
  const all = join(stage.stack.folder, 'rds', stage.config.region, 'snapshots');
  const folders = () => readdir(all).catch(() => []);
  const admin = database.instance.adminConnection;

  /** Starts a server on a copy of the files, has a superuser change its database, and puts the copy in their place. */
  async function change(folder: string, statements: readonly string[]): Promise<void> {
    const copy = join(own, 'changed');
    await copyCluster(host, folder, copy);
    const server = await startServer(host, { major: 15, dataDirectory: copy, settings: { certificate } });
    const ssl = { ca: pem.certificatePem };
    const name = stage.config.databases[database?.name ?? '']?.databaseName ?? '';
    await withConnection({ ...admin, ssl, port: server.port, database: name }, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
    await server.stop();
    await replace(folder, copy);
  }

  /** Files may be shared with other snapshots: none is ever written to. */
  async function replace(folder: string, by: string): Promise<void> {
    await rm(folder, { recursive: true });
    await rename(by, folder);
  }

  return {
    change,
    replace,
    /** Takes a snapshot, by whatever work does it, and answers its folder. */
    async folderOf(work: () => Promise<unknown>): Promise<string> {
      const before = new Set(await folders());
      await work();
      const [made, ...more] = (await folders()).filter((name) => !before.has(name));
      if (made === undefined || more.length > 0) throw new Error('That did not take one snapshot.');
      return join(all, made);
    },
    async take(instance: string, identifier: string): Promise<void> {
      const { rds } = stage.clients;
      const snapshot = { DBSnapshotIdentifier: identifier };
      await rds.send(new CreateDBSnapshotCommand({ ...snapshot, DBInstanceIdentifier: instance }));
      await waitUntilDBSnapshotAvailable({ client: rds, minDelay: 1, maxWaitTime: 60 }, snapshot);
    },
    /** Overwrites bytes in a block of a relation's file; `change` has to come first, which makes the files its own. */
    async overwrite(folder: string, file: string, blockNumber: number): Promise<void> {
      const handle = await open(join(folder, file), 'r+');
      await handle.write(Buffer.alloc(200, 0xa5), 0, 200, blockNumber * block + 6_000);
      await handle.close();
    },
    async stop(): Promise<void> {
      await watchdog.stop();
      await rm(own, { recursive: true, force: true });
    },
  };
}

export type SnapshotFiles = Awaited<ReturnType<typeof openSnapshotFiles>>;
