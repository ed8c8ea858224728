import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { startWatchdog } from '../../../../infra/local/postgres/watchdog.ts';

interface Watched {
  readonly folder: string;
  readonly server: number;
  readonly watchdog: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`never came: ${what}`);
}

async function startWatched() {
  const program = fileURLToPath(new URL('./watched-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, watched: JSON.parse(line) as Watched };
}

test.each(['SIGKILL', 'SIGINT'] as const)(
  'a process that ends by %s leaves no server and no folder',
  async (signal) => {
    const { child, watched } = await startWatched();
    expect(isAlive(watched.server)).toBe(true);
    expect(existsSync(watched.folder)).toBe(true);
    child.kill(signal);
    await once(child, 'exit');
    await until(() => !isAlive(watched.server), 'the end of the server');
    await until(() => !existsSync(watched.folder), 'the removal of the folder');
    await until(() => !isAlive(watched.watchdog), 'the end of the watchdog');
  },
);

test('what was forgotten stays, what is watched goes', async () => {
  const watchdog = startWatchdog();
  const kept = await mkdtemp(path.join(tmpdir(), 'nightshift-kept-'));
  const gone = await mkdtemp(path.join(tmpdir(), 'nightshift-gone-'));
  const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(sleeper, 'exit');
  watchdog.watchFolder(kept);
  watchdog.watchFolder(gone);
  watchdog.watchProcess(sleeper.pid ?? -1);
  watchdog.forgetFolder(kept);
  await watchdog.stop();
  await ended;
  expect(existsSync(kept)).toBe(true);
  expect(existsSync(gone)).toBe(false);
  const cleaner = startWatchdog();
  cleaner.watchFolder(kept);
  await cleaner.stop();
  expect(existsSync(kept)).toBe(false);
});
