import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { runDurable } from '../../../../infra/local/lambda/run-durable.ts';

/** Run as a process of its own: tells its execution's ARN, then waits (`wait SECONDS`) and ends by itself. */
const handler = withDurableExecution(async (event: { seconds: number }, context: DurableContext) => {
  await context.step('tell', async () =>
    process.stdout.write(`${context.executionContext.durableExecutionArn}\n`),
  );
  await context.wait('rest', { seconds: event.seconds });
  return 'done';
});

await runDurable({ handler, event: { seconds: Number(process.argv[2]) }, functionName: 'other-process' });
