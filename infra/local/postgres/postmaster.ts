import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresHost } from './host.ts';
import { PostgresStartError } from './start-error.ts';

export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The main process of a server, started but perhaps not ready. */
export interface RunningPostmaster {
  readonly pid: number;
  readonly exited: Promise<PostmasterExit>;
  log(): string;
  /** Resolves when connections are accepted; ends the server and throws when that does not come. */
  ready(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  end(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void>;
}

const KEPT_LOG_CHARACTERS = 20_000;
/** Says that recovery is over, too: with hot standby off, as it is but for a standby, nothing can be read earlier. */
const READY = /database system is ready to accept (read-only )?connections/;
/** A clean shutdown waits for a last checkpoint and for the archive. */
const STOP_PATIENCE_MS = 30_000;

export function spawnPostmaster(
  host: PostgresHost,
  postgres: string,
  dataDirectory: string,
  port: number,
): RunningPostmaster {
  const child = spawn(postgres, ['-D', dataDirectory, '-p', String(port)], {
    ...host.user,
    cwd: path.parse(dataDirectory).root,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A Ctrl-C on the terminal would otherwise stop the server before its owner can stop it in order.
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) host.watchdog.watchProcess(pid);

  let log = '';
  let becameReady = false;
  const lines = new EventTarget();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-KEPT_LOG_CHARACTERS);
    if (!becameReady && READY.test(log)) {
      becameReady = true;
      lines.dispatchEvent(new Event('ready'));
    }
  });
  const exited = new Promise<PostmasterExit>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`Starting ${postgres} failed: ${cause.message}`, { cause })),
    );
    // `close` comes after the last line of the log, `exit` may come before it.
    child.once('close', (code, signal) => {
      if (pid !== undefined) host.watchdog.forgetProcess(pid);
      resolve({ code, signal });
    });
  });

  async function end(name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    child.kill(name);
    const late = new AbortController();
    const patience = sleep(STOP_PATIENCE_MS, 'late' as const, { signal: late.signal }).catch(
      () => 'ended' as const,
    );
    const first = await Promise.race([exited, patience]);
    late.abort();
    if (first === 'late') {
      child.kill('SIGKILL');
      await exited;
    }
  }

  async function ready(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    const outcome = await Promise.race([
      exited.then(() => 'exited' as const),
      firstEvent(lines, 'ready', becameReady),
      firstEvent(limit, 'abort', limit.aborted).then(() => 'late' as const),
    ]);
    if (outcome === 'exited')
      throw new PostgresStartError(`Starting PostgreSQL on ${dataDirectory} failed`, log);
    if (outcome === 'late') {
      await end('SIGQUIT');
      signal?.throwIfAborted();
      throw new PostgresStartError(`PostgreSQL on ${dataDirectory} was not ready after ${timeoutMs} ms`, log);
    }
  }

  return { pid: pid ?? -1, exited, log: () => log, ready, end };
}

function firstEvent(target: EventTarget, name: string, already: boolean): Promise<'ready'> {
  if (already) return Promise.resolve('ready');
  return new Promise((resolve) => target.addEventListener(name, () => resolve('ready'), { once: true }));
}
