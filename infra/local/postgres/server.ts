import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresMajor } from './binaries.ts';
import { findFreePort } from './free-port.ts';
import type { PostgresHost } from './host.ts';
import { type PostmasterExit, type RunningPostmaster, spawnPostmaster } from './postmaster.ts';
import { type ServerSettings, writeSettings } from './settings.ts';
import { PostgresStartError } from './start-error.ts';

export interface ServerOptions {
  readonly major: PostgresMajor;
  readonly dataDirectory: string;
  readonly settings: ServerSettings;
  /** A free one is found when none is given. */
  readonly port?: number;
  /** How long recovery and start may take; 120 s when not given. */
  readonly timeoutMs?: number;
  /** Ends a start that is still under way. */
  readonly signal?: AbortSignal;
}

/** A server that accepts connections. */
export interface PostgresServer {
  readonly major: PostgresMajor;
  readonly dataDirectory: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<PostmasterExit>;
  /** The newest lines of the server's log. */
  log(): string;
  /** Ends sessions and writes a clean shutdown; the data directory may then be copied. */
  stop(): Promise<void>;
  /** Ends at once without a clean shutdown: for servers whose files go away next. */
  discard(): Promise<void>;
  /** SIGKILL, as a crash: the next start has to recover. */
  kill(): Promise<void>;
}

const ATTEMPTS = 10;

/**
 * Starts a server on a data directory and waits until it accepts connections, recovery included.
 * Throws `PostgresStartError`, with the server's own words, when it ends before that.
 */
export async function startServer(host: PostgresHost, options: ServerOptions): Promise<PostgresServer> {
  await writeSettings(options.dataDirectory, options.settings);
  const { postgres } = await host.binaries(options.major);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const postmaster = spawnPostmaster(host, postgres, options.dataDirectory, port);
    try {
      await postmaster.ready(options.timeoutMs ?? 120_000, options.signal);
      return describeServer(options, port, postmaster);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof PostgresStartError) || !isPassing(error, options))
        throw error;
      await sleep(50 * attempt);
    }
  }
}

/** A port that someone else took meanwhile, or children of a killed server that have not ended yet. */
function isPassing(error: PostgresStartError, { port }: ServerOptions): boolean {
  if (error.log.includes('pre-existing shared memory block')) return true;
  return port === undefined && /could not (bind IPv4|create any TCP\/IP)/.test(error.log);
}

function describeServer(options: ServerOptions, port: number, postmaster: RunningPostmaster): PostgresServer {
  return {
    major: options.major,
    dataDirectory: options.dataDirectory,
    port,
    pid: postmaster.pid,
    exited: postmaster.exited,
    log: postmaster.log,
    stop: () => postmaster.end('SIGINT'),
    discard: () => postmaster.end('SIGQUIT'),
    kill: () => postmaster.end('SIGKILL'),
  };
}
