import { type ChildProcess, execFile } from 'node:child_process';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PostgresMajor } from './binaries.ts';
import type { PostgresHost } from './host.ts';

export interface InitialiseOptions {
  readonly major: PostgresMajor;
  readonly dataDirectory: string;
  readonly superuser: string;
  readonly password: string;
}

/** Makes a new cluster: UTF-8, page checksums as on RDS, and WAL segments of 1 MB so that archiving often costs little. */
export async function initialiseCluster(host: PostgresHost, options: InitialiseOptions): Promise<void> {
  const { initdb } = await host.binaries(options.major);
  await makeFolder(host, options.dataDirectory);
  const passwordFile = `${options.dataDirectory}.password`;
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 });
  if (host.user) await chown(passwordFile, host.user.uid, host.user.gid);
  try {
    await runGuarded(host, initdb, [
      `--pgdata=${options.dataDirectory}`,
      `--username=${options.superuser}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      `--locale=${await clusterLocale(host)}`,
      '--data-checksums',
      '--wal-segsize=1',
      '--no-sync',
    ]);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Copies a cleanly stopped cluster, or a backup, to a new place; shares blocks where the file system can. */
export async function copyCluster(host: PostgresHost, from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  const reflink = process.platform === 'linux' ? ['--reflink=auto'] : [];
  await runGuarded(host, 'cp', ['-R', '-p', ...reflink, from, to], 'caller');
  await claimFolder(host, to);
}

/** Makes a folder that the servers' account owns; its parents belong to the caller. */
export async function makeFolder(host: PostgresHost, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  if (host.user) await chown(folder, host.user.uid, host.user.gid);
}

/** Hands a folder and all in it to the servers' account. */
export async function claimFolder(host: PostgresHost, folder: string): Promise<void> {
  if (!host.user) return;
  await runGuarded(host, 'chown', ['-R', `${host.user.uid}:${host.user.gid}`, folder], 'caller');
}

/** C.UTF-8 knows letters beyond ASCII; not every system has it. */
async function clusterLocale(host: PostgresHost): Promise<string> {
  try {
    const names = await runGuarded(host, 'locale', ['-a'], 'caller');
    return /^C\.utf-?8$/im.test(names) ? 'C.UTF-8' : 'C';
  } catch {
    return 'C'; // A system without the `locale` program has C at least.
  }
}

function runGuarded(
  host: PostgresHost,
  program: string,
  args: readonly string[],
  as: 'server user' | 'caller' = 'server user',
): Promise<string> {
  const account = as === 'server user' ? host.user : undefined;
  return new Promise((resolve, reject) => {
    const child: ChildProcess = execFile(
      program,
      args,
      { ...account, cwd: path.parse(host.folder).root, env: { PATH: process.env.PATH, LC_ALL: 'C' } },
      (error, stdout, stderr) => {
        if (child.pid !== undefined) host.watchdog.forgetProcess(child.pid);
        if (!error) return resolve(stdout);
        reject(
          new Error(`${path.basename(program)} ${args.join(' ')} failed: ${stderr.trim()}`, { cause: error }),
        );
      },
    );
    if (child.pid !== undefined) host.watchdog.watchProcess(child.pid);
  });
}
