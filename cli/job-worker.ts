import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { runDurable } from '../infra/local/lambda/run-durable.ts';
import { runPlain } from '../infra/local/lambda/run-plain.ts';
import { isPlainHandler, type PlainHandler } from '../shared/job/plain-job.ts';
import type { JobAnswer, JobOrder } from './job-protocol.ts';

/** The process that a job runs in: its standard output holds the job's log lines and nothing else. */
process.once('message', async (order: JobOrder) => {
  const answer = await work(order);
  process.send?.(answer, () => process.exit(0));
});

/** Whoever ordered the run is gone: nobody would hear of its end. */
process.once('disconnect', () => process.exit(1));

async function work({ job, functionName, event }: JobOrder): Promise<JobAnswer> {
  try {
    const file = new URL(`../functions/${job}/handler.ts`, import.meta.url);
    const { handler } = (await import(file.href)) as {
      handler: DurableLambdaHandler | PlainHandler<unknown>;
    };
    const result = isPlainHandler(handler)
      ? await runPlain({ handler, functionName, event })
      : await runDurable({ handler, functionName, event });
    return { kind: 'result', result };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'error', name, message };
  }
}
