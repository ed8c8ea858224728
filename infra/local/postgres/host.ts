import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  installationFolder,
  locateBinaries,
  type PostgresBinaries,
  type PostgresMajor,
  relocateBinaries,
} from './binaries.ts';
import { findServerUser, isReachable, type ServerUser } from './server-user.ts';
import type { Watchdog } from './watchdog.ts';

const run = promisify(execFile);

/** What running servers on this machine takes: executables, the account, and the guard. */
export interface PostgresHost {
  readonly folder: string;
  readonly user: ServerUser | undefined;
  readonly watchdog: Watchdog;
  binaries(major: PostgresMajor): Promise<PostgresBinaries>;
}

/** Prepares `folder` (made if missing, guarded by the watchdog) to hold clusters, backups and archives. */
export async function createPostgresHost(folder: string, watchdog: Watchdog): Promise<PostgresHost> {
  watchdog.watchFolder(folder);
  await mkdir(folder, { recursive: true });
  const user = await findServerUser();
  if (user) {
    await openTemporaryFolders(folder);
    if (!(await isReachable(folder, user))) {
      throw new Error(
        `PostgreSQL has to run as the account "postgres" here, which cannot enter ${folder}. ` +
          'Choose a folder that every account may enter, such as one in the system’s temporary folder.',
      );
    }
  }
  const found = new Map<PostgresMajor, Promise<PostgresBinaries>>();
  return {
    folder,
    user,
    watchdog,
    binaries: (major) => {
      const known = found.get(major) ?? usableBinaries(major, folder, user);
      found.set(major, known);
      return known;
    },
  };
}

/** `mkdtemp` makes folders that only their owner enters: those on the way to `folder` let others pass, no more. */
async function openTemporaryFolders(folder: string): Promise<void> {
  const root = path.resolve(tmpdir());
  for (
    let current = path.resolve(folder);
    current.startsWith(`${root}${path.sep}`);
    current = path.dirname(current)
  ) {
    const { mode } = await stat(current);
    await chmod(current, (mode & 0o7777) | 0o011);
  }
}

/** A project under `/root` is closed to the server's account: it then gets a copy of the executables. */
async function usableBinaries(
  major: PostgresMajor,
  folder: string,
  user: ServerUser | undefined,
): Promise<PostgresBinaries> {
  const binaries = await locateBinaries(major);
  if (!user || (await isReachable(binaries.postgres, user))) return binaries;
  const copy = path.join(folder, `postgresql-${major}`);
  const installation = installationFolder(binaries);
  try {
    await run('cp', ['-R', '-p', '-l', installation, copy]);
  } catch {
    // Hard links take no time and no space, and cannot lead to another file system.
    await rm(copy, { recursive: true, force: true });
    await run('cp', ['-R', '-p', installation, copy]);
  }
  return relocateBinaries(binaries, copy);
}
