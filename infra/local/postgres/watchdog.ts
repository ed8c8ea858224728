import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type WatchdogMessage =
  | { readonly type: 'watch-process' | 'forget-process'; readonly pid: number }
  | { readonly type: 'watch-folder' | 'forget-folder'; readonly folder: string };

/** Ends processes and removes folders when this process is gone, however it ended. */
export interface Watchdog {
  readonly pid: number;
  watchProcess(pid: number): void;
  forgetProcess(pid: number): void;
  watchFolder(folder: string): void;
  forgetFolder(folder: string): void;
  /** Ends and removes whatever is still registered, then ends the watchdog itself. */
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('./watchdog-process.ts', import.meta.url));

/**
 * Starts the guard: a small Node process that holds the other end of a pipe.
 * The kernel closes the pipe even after SIGKILL, so nothing is left behind. It does not keep this process alive.
 */
export function startWatchdog(): Watchdog {
  // Detached: a Ctrl-C on the terminal must reach this process only, which then stops in order.
  const child = spawn(process.execPath, [PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  if (child.pid === undefined)
    throw new Error(`Starting the watchdog failed: ${process.execPath} did not start.`);
  const { stdin } = child;
  let stopping = false;
  stdin.on('error', (error) => {
    if (!stopping) process.emitWarning(`The watchdog does not listen any more: ${error.message}`);
  });
  child.unref();
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();

  const send = (message: WatchdogMessage) => stdin.write(`${JSON.stringify(message)}\n`);
  return {
    pid: child.pid,
    watchProcess: (pid) => send({ type: 'watch-process', pid }),
    forgetProcess: (pid) => send({ type: 'forget-process', pid }),
    watchFolder: (folder) => send({ type: 'watch-folder', folder }),
    forgetFolder: (folder) => send({ type: 'forget-folder', folder }),
    stop: async () => {
      if (stopping) return;
      stopping = true;
      await endOf(child);
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}
