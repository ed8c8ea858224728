import { setTimeout as sleep } from 'node:timers/promises';

/** Work that goes on after the answer to a call, until it is done or the control plane stops. */
export interface Background {
  readonly signal: AbortSignal;
  /** Starts work; it records its own failures, so one that escapes is a defect and is shown as a warning. */
  run(what: string, work: () => Promise<void>): Promise<void>;
  /** Throws when the control plane stops, or when `signal` aborts. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export function createBackground(): Background {
  const ending = new AbortController();
  const running = new Set<Promise<void>>();
  return {
    signal: ending.signal,
    run: (what, work) => {
      const task = work()
        .catch((error: unknown) => {
          if (!ending.signal.aborted) process.emitWarning(`${what} failed: ${String(error)}`);
        })
        .finally(() => running.delete(task));
      running.add(task);
      return task;
    },
    pause: async (milliseconds, signal) => {
      const either = signal ? AbortSignal.any([ending.signal, signal]) : ending.signal;
      either.throwIfAborted();
      if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: either });
    },
    stop: async () => {
      ending.abort();
      await Promise.all(running);
    },
  };
}
