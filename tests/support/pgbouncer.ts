import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CertificateFiles,
  createCertificate,
  writeCertificate,
} from '../../infra/local/postgres/certificate.ts';
import { findFreePort } from '../../infra/local/postgres/free-port.ts';
import { findServerUser, type ServerUser } from '../../infra/local/postgres/server-user.ts';
import { startWatchdog } from '../../infra/local/postgres/watchdog.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';

/** Debian installs it where only root looks for programs. */
const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

export const isPgBouncerInstalled = program !== undefined;

/** `describe`, or where PgBouncer is not installed `describe.skip`, with the reason on standard error. */
export function describeWithPgBouncer<Describe extends { readonly skip: unknown }>(
  describe: Describe,
): Describe | Describe['skip'] {
  if (isPgBouncerInstalled) return describe;
  sayThatPgBouncerIsMissing();
  return describe.skip;
}

export function sayThatPgBouncerIsMissing(): void {
  process.stderr.write(
    'Skipped: what goes through PgBouncer, which is not installed here (Debian: apt-get install pgbouncer).\n',
  );
}

/** PgBouncer in transaction mode, with TLS towards its clients and towards the server. */
export interface PgBouncer {
  readonly address: { readonly host: string; readonly port: number };
  /** The authority of its own certificate, which is not the server's. */
  readonly certificatePem: string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

interface PgBouncerOptions {
  /** Of roles besides the cluster's owner, with their passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Further lines of `pgbouncer.ini`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const attempts = 5;

/** Starts one in front of a cluster, with all of its databases. */
export async function startPgBouncer(
  cluster: EmbeddedCluster,
  options: PgBouncerOptions = {},
): Promise<PgBouncer> {
  if (program === undefined) throw new Error('PgBouncer is not installed: use describeWithPgBouncer.');
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  const watchdog = startWatchdog();
  watchdog.watchFolder(folder);
  const user = await findServerUser();
  if (user) await chown(folder, user.uid, user.gid);
  const { certificatePem, keyPem } = await createCertificate();
  const files = await writeCertificate({ certificatePem, keyPem }, folder, user);
  await writeFile(join(folder, 'users.txt'), userList(cluster, options));
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort();
    await writeFile(join(folder, 'pgbouncer.ini'), iniFile(cluster, options, { port, folder, files }));
    // As Postgres does, it refuses to run as root.
    const running = run(program, join(folder, 'pgbouncer.ini'), user);
    const { child } = running;
    if (child.pid !== undefined) watchdog.watchProcess(child.pid);
    const stop = async () => {
      await end(child);
      await watchdog.stop();
      await rm(folder, { recursive: true, force: true });
    };
    if (await isListening(running))
      return { address: { host: '127.0.0.1', port }, certificatePem, log: running.log, stop };
    if (attempt < attempts) continue;
    await stop();
    throw new Error(`PgBouncer did not start:\n${running.log()}`);
  }
}

function userList({ address }: EmbeddedCluster, { users = {} }: PgBouncerOptions): string {
  const roles = Object.entries({ [address.user]: address.password, ...users });
  return roles.map(([name, password]) => `"${name}" "${password}"\n`).join('');
}

function iniFile(
  { address }: EmbeddedCluster,
  { settings = {} }: PgBouncerOptions,
  { port, folder, files }: { port: number; folder: string; files: CertificateFiles },
): string {
  const lines = {
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    pool_mode: 'transaction',
    // Few, so that one client's transactions do come to different sessions.
    default_pool_size: '4',
    auth_type: 'scram-sha-256',
    auth_file: join(folder, 'users.txt'),
    client_tls_sslmode: 'require',
    client_tls_cert_file: files.certificateFile,
    client_tls_key_file: files.keyFile,
    server_tls_sslmode: 'require',
    ...settings,
  };
  const pooler = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
  return `[databases]\n* = host=${address.host} port=${address.port}\n[pgbouncer]\n${pooler.join('')}`;
}

interface Running {
  readonly child: ChildProcess;
  readonly log: () => string;
}

function run(file: string, ini: string, user: ServerUser | undefined): Running {
  const child = spawn(file, [ini], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return { child, log: () => log };
}

/** False where it has ended before, as where somebody took the port meanwhile. */
async function isListening({ child, log }: Running): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (/listening on 127\.0\.0\.1/.test(log()) && /process up/.test(log())) return true;
    await sleep(20);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
