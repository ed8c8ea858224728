import { chmod, mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWatchdog } from '../../infra/local/postgres/watchdog.ts';

/** A file system in memory, as Linux has it. */
const MEMORY = '/dev/shm';
/** What four test files at once put into it, several times over. */
const ROOM_BYTES = 6 * 2 ** 30;
/** What the test processes themselves take comes on top. */
const MEMORY_BYTES = ROOM_BYTES + 6 * 2 ** 30;

/**
 * Makes one folder for all temporary files of a run, and lets every process that is started from now on use it.
 * Hundreds of clusters of a thousand files each are made and removed: in memory the kernel spends far less on it. Their
 * programs keep there what they have compiled, too. A TMPDIR that is set is kept to.
 */
export async function makeRunFolder(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(await bestPlace(), 'nightshift-run-'));
  // Postgres runs as another account where the caller is root.
  await chmod(folder, 0o755);
  process.env.TMPDIR = folder;
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled');
  // Memory would stay taken after a run that is ended by hand.
  const watchdog = startWatchdog();
  watchdog.watchFolder(folder);
  return () => watchdog.stop();
}

async function bestPlace(): Promise<string> {
  if (process.env.TMPDIR !== undefined || process.availableMemory() < MEMORY_BYTES) return tmpdir();
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ROOM_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir(); // Other systems than Linux have no such folder.
  }
}
