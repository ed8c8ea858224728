import type { ResourceNames } from '../../../shared/config/names.ts';
import type { StageConfig } from '../../../shared/config/schema.ts';
import { queueArn } from '../aws/alarm-pipe.ts';
import { queueUrl } from '../aws/queue-url.ts';
import { startInvokedFunction } from '../lambda/invoked-function.ts';
import { type QueueFunction, startQueueFunction } from '../lambda/queue-function.ts';
import type { LocalStack } from '../stack-options.ts';
import type { Teardown } from '../teardown.ts';

export interface FunctionsPlace {
  readonly stack: Pick<LocalStack, 'endpoint' | 'lambda'>;
  readonly names: ResourceNames;
  readonly config: StageConfig;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (line: string) => void;
}

/**
 * Starts what an alarm passes through, each function in a process of its own: alarm-fanout, alarm-context, and
 * alarm-delivery once for each sink. What has been started is added to the teardown, also where another fails to.
 */
export async function startAlarmFunctions(place: FunctionsPlace, teardown: Teardown): Promise<void> {
  const started = await Promise.allSettled([
    startContext(place, teardown),
    ...queueFunctions(place).map(async (one) => {
      const running = await startQueueFunction(one, place.onLog);
      teardown.add(one.functionName, () => running.stop());
    }),
  ]);
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

async function startContext(
  { stack, names, environment, onLog }: FunctionsPlace,
  teardown: Teardown,
): Promise<void> {
  const functionName = names.functionName('alarm-context');
  const handler = handlerOf('alarm-context');
  const timeoutMilliseconds = 10_000;
  const running = await startInvokedFunction(
    { functionName, handler, environment, timeoutMilliseconds },
    onLog,
  );
  teardown.add(functionName, () => running.stop());
  stack.lambda.register(functionName, running.invoke);
}

/** With the sizes of batches that the template has. */
function queueFunctions({ stack, names, config, environment }: FunctionsPlace): QueueFunction[] {
  const onQueue = (queue: string) => ({
    queueUrl: queueUrl(stack.endpoint, queue),
    queueArn: queueArn(config.region, queue),
    timeoutMilliseconds: 60_000,
    // One is enough for one person's laptop, which has its databases to run as well.
    pollers: 1,
  });
  return [
    {
      ...onQueue(names.alarmQueue),
      functionName: names.functionName('alarm-fanout'),
      handler: handlerOf('alarm-fanout'),
      environment,
      batchSize: 10,
    },
    ...Object.keys(config.alarms?.sinks ?? {}).map((sink) => ({
      ...onQueue(names.sinkQueue(sink)),
      functionName: names.functionName(`sink-${sink}`),
      handler: handlerOf('alarm-delivery'),
      environment: { ...environment, NIGHTSHIFT_SINK: sink },
      batchSize: 1,
    })),
  ];
}

const handlerOf = (job: string) => new URL(`../../../functions/${job}/handler.ts`, import.meta.url).href;
