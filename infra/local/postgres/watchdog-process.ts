/**
 * Runs as a process of its own, and outlives the one that started it by a moment.
 * Standard input is a pipe from the parent, one JSON message a line; its end means that the parent is gone.
 */
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchdogMessage } from './watchdog.ts';

/** A postmaster that gets SIGQUIT kills children that do not obey after 5 s. */
const PATIENCE_MS = 6_000;

const processes = new Set<number>();
const folders = new Set<string>();

function apply(message: WatchdogMessage): void {
  switch (message.type) {
    case 'watch-process':
      processes.add(message.pid);
      break;
    case 'forget-process':
      processes.delete(message.pid);
      break;
    case 'watch-folder':
      folders.add(message.folder);
      break;
    case 'forget-folder':
      folders.delete(message.folder);
      break;
  }
}

/** False when there is no such process any more. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // ESRCH: it has ended, which is what is wanted.
  }
}

async function endProcesses(): Promise<void> {
  for (const pid of processes) signal(pid, 'SIGQUIT');
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline && [...processes].some((pid) => signal(pid, 0))) await sleep(20);
  for (const pid of processes) signal(pid, 'SIGKILL');
}

for await (const line of createInterface({ input: process.stdin })) {
  apply(JSON.parse(line) as WatchdogMessage);
}
await endProcesses();
for (const folder of folders) {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
