import { access, mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A folder that a run of tests makes once, for whichever test file asks first; others wait for it. `make` is given the
 * folder's path for now, which it makes. It goes with the run's own folder.
 */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(tmpdir(), 'made-once', name);
  const [lock, draft] = [`${folder}.lock`, `${folder}.draft`];
  await mkdir(dirname(folder), { recursive: true });
  while (!(await take(lock))) await sleep(50);
  try {
    if (await isThere(folder)) return folder;
    await make(draft);
    await rename(draft, folder);
    return folder;
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rmdir(lock);
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}
