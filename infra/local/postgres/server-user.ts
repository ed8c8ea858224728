import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The system account that servers run as. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

const ACCOUNT = 'postgres';

/**
 * The account that servers must run as, or undefined when they can run as the caller.
 * Postgres refuses to run as root: there the account `postgres` is used, and created if it is missing.
 */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  return (await lookUpAccount()) ?? (await createAccount());
}

async function lookUpAccount(): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', ACCOUNT]), run('id', ['-g', ACCOUNT])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined; // `id` fails for an account that does not exist: the caller creates it.
  }
}

async function createAccount(): Promise<ServerUser> {
  try {
    await run('groupadd', ['--system', ACCOUNT]);
    await run('useradd', ['--system', '--gid', ACCOUNT, '--no-create-home', ACCOUNT]);
  } catch (cause) {
    // Another process of ours may have created it in the same moment.
    const user = await lookUpAccount();
    if (user) return user;
    throw new Error(
      'Creating the system account "postgres" failed, and PostgreSQL refuses to run as root. ' +
        'Create it by hand, or run as an ordinary user.',
      { cause },
    );
  }
  const user = await lookUpAccount();
  if (!user) throw new Error('The system account "postgres" was created but cannot be looked up.');
  return user;
}

/** Whether another account may enter every folder on the way to `target` and read it. */
export async function isReachable(target: string, user: ServerUser): Promise<boolean> {
  let current = path.resolve(target);
  for (;;) {
    const { mode, uid, gid } = await stat(current);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    if (((mode >> shift) & 0o1) === 0) return false;
    const parent = path.dirname(current);
    if (parent === current) return true;
    current = parent;
  }
}
