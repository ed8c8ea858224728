import { setTimeout as sleep } from 'node:timers/promises';
import { compilePattern } from './pattern.ts';
import type { Rule } from './rules.ts';

/** Hands an event to a function; rejects when the function fails. */
export type Deliver = (functionName: string, event: unknown) => Promise<void>;

export interface EventBusOptions {
  readonly rules: readonly Rule[];
  readonly deliver: Deliver;
  /** Between the attempts; Lambda waits one minute and then two, here a tenth of a second and two when left out. */
  readonly retryDelaysMilliseconds?: readonly number[];
}

/** An event that a function has failed to take at every attempt. */
export interface DeadLetter {
  readonly functionName: string;
  readonly event: unknown;
  readonly error: unknown;
}

export interface EventBus {
  /** Starts a delivery to each function with a rule that matches; gives their names, one for each. */
  put(event: unknown): string[];
  readonly deadLetters: readonly DeadLetter[];
  /** Resolves once every delivery has succeeded or become a dead letter. */
  settled(): Promise<void>;
  /** Gives up the retries that are waiting; their events become dead letters. */
  stop(): Promise<void>;
}

/** An event bus with the retries of Lambda's asynchronous invocation. Throws on a pattern that it does not know. */
export function createEventBus(options: EventBusOptions): EventBus {
  const { deliver, retryDelaysMilliseconds = [100, 200] } = options;
  const rules = options.rules.map(({ functionName, pattern }) => ({
    functionName,
    matches: compilePattern(pattern),
  }));
  const deadLetters: DeadLetter[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  const attempt = async (functionName: string, event: unknown): Promise<void> => {
    for (let retry = 0; ; retry++) {
      try {
        return await deliver(functionName, event);
      } catch (error) {
        const delay = retryDelaysMilliseconds[retry];
        if (delay === undefined || !(await waited(delay, stopping.signal))) {
          deadLetters.push({ functionName, event, error });
          return;
        }
      }
    }
  };
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    deadLetters,
    settled,
    put(event) {
      const names = new Set(
        rules.filter(({ matches }) => matches(event)).map(({ functionName }) => functionName),
      );
      for (const functionName of names) {
        // A copy for each: one function's changes are not another's.
        const delivery = attempt(functionName, structuredClone(event)).finally(() =>
          underWay.delete(delivery),
        );
        underWay.add(delivery);
      }
      return [...names];
    },
    async stop() {
      stopping.abort();
      await settled();
    },
  };
}

/** False when the wait was given up. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
