import type { Context } from 'aws-lambda';
import { lambdaContext } from './lambda-context.ts';

export interface PlainRun<Event, Result> {
  /** An async handler, also one that middy has wrapped. */
  readonly handler: (event: Event, context: Context) => Promise<Result>;
  readonly event: Event;
  readonly functionName: string;
  /** Lambda's 15 minutes when left out; the handler sees it run down but is not ended by it. */
  readonly timeoutMilliseconds?: number;
}

/** Invokes a handler once in this process; gives what it returns, throws what it throws. */
export async function runPlain<Event, Result>(run: PlainRun<Event, Result>): Promise<Result> {
  return run.handler(run.event, lambdaContext(run.functionName, run.timeoutMilliseconds));
}
