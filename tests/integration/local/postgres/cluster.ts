import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ClientConfig } from 'pg';
import type { PostgresMajor } from '../../../../infra/local/postgres/binaries.ts';
import {
  type Certificate,
  type CertificateFiles,
  createCertificate,
  writeCertificate,
} from '../../../../infra/local/postgres/certificate.ts';
import { connectionTo } from '../../../../infra/local/postgres/connection.ts';
import { initialiseCluster, makeFolder } from '../../../../infra/local/postgres/data-directory.ts';
import { createPostgresHost, type PostgresHost } from '../../../../infra/local/postgres/host.ts';
import { type PostgresServer, startServer } from '../../../../infra/local/postgres/server.ts';
import { startWatchdog } from '../../../../infra/local/postgres/watchdog.ts';

export const SUPERUSER = 'rdsadmin';
export const PASSWORD = "a password with ’quotes’ ' and spaces";

export interface Bench {
  readonly folder: string;
  readonly host: PostgresHost;
  readonly certificate: Certificate;
  readonly certificateFiles: CertificateFiles;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A temporary folder, a guard and a certificate; everything goes away at the end of the test. */
export async function openBench(): Promise<Bench> {
  const watchdog = startWatchdog();
  const folder = await mkdtemp(path.join(tmpdir(), 'nightshift-test-'));
  const host = await createPostgresHost(folder, watchdog);
  const certificate = await createCertificate();
  const certificateFiles = await writeCertificate(certificate, path.join(folder, 'certificate'), host.user);
  return {
    folder,
    host,
    certificate,
    certificateFiles,
    [Symbol.asyncDispose]: async () => {
      await watchdog.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A new folder that the server's account owns. */
export async function newFolder(bench: Bench, prefix: string): Promise<string> {
  const folder = await mkdtemp(path.join(bench.folder, prefix));
  await makeFolder(bench.host, folder);
  return folder;
}

export interface Cluster {
  readonly server: PostgresServer;
  readonly archiveFolder: string;
  readonly connection: ClientConfig;
}

/** A new cluster with an archive, started. */
export async function startCluster(bench: Bench, major: PostgresMajor = 15): Promise<Cluster> {
  const folder = await newFolder(bench, 'cluster-');
  const dataDirectory = path.join(folder, 'data');
  const archiveFolder = path.join(folder, 'archive');
  await makeFolder(bench.host, archiveFolder);
  await initialiseCluster(bench.host, { major, dataDirectory, superuser: SUPERUSER, password: PASSWORD });
  const settings = { certificate: bench.certificateFiles, archiveFolder };
  const server = await startServer(bench.host, { major, dataDirectory, settings });
  return { server, archiveFolder, connection: connectTo(bench, server.port) };
}

export function connectTo(bench: Bench, port: number): ClientConfig {
  return connectionTo({
    port,
    user: SUPERUSER,
    password: PASSWORD,
    certificatePem: bench.certificate.certificatePem,
  });
}
