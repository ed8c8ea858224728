import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { lambdaContext } from './lambda-context.ts';
import type { QueueFunction } from './queue-function.ts';
import { pollQueue } from './queue-poller.ts';

/** The process that a function on a queue lives in: told which one by its first message, and to stop by the next. */
process.once('message', async (order: QueueFunction) => {
  const { handler } = (await import(order.handler)) as {
    handler: (event: SQSEvent, context: Context) => Promise<SQSBatchResponse | undefined>;
  };
  const sqs = new SQSClient({});
  const poller = pollQueue({
    sqs,
    queueUrl: order.queueUrl,
    queueArn: order.queueArn,
    batchSize: order.batchSize,
    ...(order.batchingWindowMs === undefined ? {} : { batchingWindowMs: order.batchingWindowMs }),
    ...(order.pollers === undefined ? {} : { pollers: order.pollers }),
    invoke: (event) => handler(event, lambdaContext(order.functionName, order.timeoutMilliseconds)),
    onError: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
  });
  process.once('message', async () => {
    await poller.stop();
    process.exit(0);
  });
  process.send?.('polling');
});

/** Ctrl-C reaches every process of a terminal: this one ends when it is told to, with what it has begun. */
process.on('SIGINT', () => undefined);

/** Whoever started it is gone. */
process.once('disconnect', () => process.exit(1));
