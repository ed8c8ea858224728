import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A clock that a test moves, for its own process, with the queues and tables in it, and for the functions' processes:
 * those load this module before anything else. What is moved is the time that is read; timers run as ever.
 */
export interface MovedClock {
  /** For the environment of the functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** How far it has been moved. */
  readonly movedMs: number;
  move(milliseconds: number): void;
  /** Sets the own process's clock right again. The others must have ended. */
  stop(): void;
}

const variable = 'MOVED_CLOCK_FILE';

export function movedClock(): MovedClock {
  const set = globalThis.Date;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-clock-'));
  const file = join(folder, 'moved');
  let movedMs = 0;
  writeFileSync(file, '0');
  globalThis.Date = dateMovedBy(() => movedMs);
  return {
    environment: { [variable]: file, NODE_OPTIONS: `--import=${import.meta.url}` },
    get movedMs() {
      return movedMs;
    },
    move: (milliseconds) => {
      movedMs += milliseconds;
      writeFileSync(`${file}.new`, String(movedMs));
      renameSync(`${file}.new`, file);
    },
    stop: () => {
      globalThis.Date = set;
      rmSync(folder, { recursive: true });
    },
  };
}

function dateMovedBy(movedMs: () => number): DateConstructor {
  const original = Date;
  const now = () => original.now() + movedMs();
  return new Proxy(original, {
    construct: (target, parts) => Reflect.construct(target, parts.length === 0 ? [now()] : parts),
    apply: () => new original(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

/** A function reads the clock very often: the file is looked at once in so many milliseconds. */
const readEachMs = 20;

const file = process.env[variable];
if (file) {
  let readAt = Number.NEGATIVE_INFINITY;
  let movedMs = 0;
  globalThis.Date = dateMovedBy(() => {
    if (performance.now() - readAt > readEachMs) {
      movedMs = Number(readFileSync(file, 'utf8'));
      readAt = performance.now();
    }
    return movedMs;
  });
}
