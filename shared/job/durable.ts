import { type DurableContext, StepError, WaitForConditionError } from '@aws/durable-execution-sdk-js';
import { isTransient } from '../aws/errors.ts';
import { PatienceError } from './errors.ts';

const stepTries = 5;

/**
 * A durable step: its result must survive as JSON. What is transient is tried again after 2, 4, 8 and 16 seconds, at
 * no cost while it waits; anything else fails the step at once, with the error that was thrown.
 */
export async function step<T>(context: DurableContext, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await context.step(name, work, {
      retryStrategy: (error, attempts) =>
        isTransient(error) && attempts < stepTries
          ? { shouldRetry: true, delay: { seconds: 2 ** attempts } }
          : { shouldRetry: false },
    });
  } catch (error) {
    throw original(error);
  }
}

export interface Watch<T> {
  /** Looks once, given what was seen last: must tell all that the end of the waiting needs. */
  readonly look: (last: T | undefined) => Promise<T>;
  readonly done: (seen: T) => boolean;
  readonly everySeconds: number;
  readonly forHours: number;
  /** What people are told when the time is up: what was waited for, what it was last, what to do. */
  readonly gaveUp: (last: T | undefined) => string;
}

interface Watched<T> {
  readonly seen?: T;
}

/**
 * Looks again and again, at no cost between two looks, until `done`. A look that meets a passing fault counts as
 * having seen nothing new. Throws PatienceError when the time is up.
 */
export async function watch<T>(
  context: DurableContext,
  name: string,
  { look, done, ...limits }: Watch<T>,
): Promise<T> {
  const looks = Math.max(1, Math.ceil((limits.forHours * 3_600) / limits.everySeconds));
  const isDone = (state: Watched<T>) => state.seen !== undefined && done(state.seen);
  const state = await lookUntil<Watched<T>>(context, name, {
    look: async (before) => ({ ...before, ...(await lookOnce(() => look(before.seen))) }),
    goOn: (current, looked) => !isDone(current) && looked < looks,
    everySeconds: limits.everySeconds,
  });
  if (state.seen !== undefined && done(state.seen)) return state.seen;
  throw new PatienceError(limits.gaveUp(state.seen));
}

interface Looking<S> {
  readonly look: (state: S) => Promise<S>;
  readonly goOn: (state: S, looked: number) => boolean;
  readonly everySeconds: number;
}

async function lookUntil<S extends object>(
  context: DurableContext,
  name: string,
  looking: Looking<S>,
): Promise<S> {
  try {
    return await context.waitForCondition<S>(name, looking.look, {
      initialState: {} as S,
      waitStrategy: (state, attempt) =>
        looking.goOn(state, attempt)
          ? { shouldContinue: true, delay: { seconds: looking.everySeconds } }
          : { shouldContinue: false },
    });
  } catch (error) {
    throw original(error);
  }
}

async function lookOnce<T>(look: () => Promise<T>): Promise<Watched<T>> {
  try {
    return { seen: await look() };
  } catch (error) {
    if (isTransient(error)) return {};
    throw error;
  }
}

/** The error that a step threw, out of the durable engine's wrapping. */
function original(error: unknown): unknown {
  const wrapped = error instanceof StepError || error instanceof WaitForConditionError;
  return wrapped && error.cause ? error.cause : error;
}
