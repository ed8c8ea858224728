/** Runs a cluster under a watchdog until it is ended from outside; says where it is on standard output. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCertificate, writeCertificate } from '../../../../infra/local/postgres/certificate.ts';
import { initialiseCluster } from '../../../../infra/local/postgres/data-directory.ts';
import { createPostgresHost } from '../../../../infra/local/postgres/host.ts';
import { startServer } from '../../../../infra/local/postgres/server.ts';
import { startWatchdog } from '../../../../infra/local/postgres/watchdog.ts';

const watchdog = startWatchdog();
const folder = await mkdtemp(path.join(tmpdir(), 'nightshift-watched-'));
const host = await createPostgresHost(folder, watchdog);
const certificate = await writeCertificate(
  await createCertificate(),
  path.join(folder, 'certificate'),
  host.user,
);
const dataDirectory = path.join(folder, 'data');
await initialiseCluster(host, { major: 15, dataDirectory, superuser: 'rdsadmin', password: 'secret' });
const server = await startServer(host, { major: 15, dataDirectory, settings: { certificate } });
process.stdout.write(`${JSON.stringify({ folder, server: server.pid, watchdog: watchdog.pid })}\n`);
