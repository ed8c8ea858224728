import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { bundle } from '../../infra/build/bundle.ts';
import { queueArn } from '../../infra/local/aws/alarm-pipe.ts';
import { type RunningQueueFunction, startQueueFunction } from '../../infra/local/lambda/queue-function.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { alarmsConfig } from './alarm-fixtures.ts';
import {
  type FakePagerDuty,
  type FakeSink,
  type SlackTaken,
  startPagerDuty,
  startSlackWebhook,
  startWebhook,
  type WebhookTaken,
} from './alarm-sinks.ts';
import { type AlarmStage, startAlarmStage } from './alarm-stage.ts';

/** The whole way of an alarm: real queues, every function in a process of its own, and sinks that are real servers. */
export interface WholePipe {
  readonly stage: AlarmStage;
  readonly chat: FakeSink<SlackTaken>;
  readonly pager: FakePagerDuty;
  readonly fallback: FakeSink<WebhookTaken>;
  /** `fanout`, or the sink's name; each process is one that Lambda would run beside the others. */
  readonly functions: ReadonlyMap<string, readonly RunningQueueFunction[]>;
  readonly log: readonly string[];
  /** Puts messages on the alarm queue, ten at a time. */
  put(bodies: readonly unknown[]): Promise<void>;
  /** How many messages lie in a queue, seen or not. */
  count(queue: string): Promise<number>;
  /** How many of them can be taken, or are being worked on. */
  waiting(queue: string): Promise<number>;
  /** As if every digest's window were over. */
  forgetWindows(): Promise<void>;
  stop(): Promise<void>;
}

export interface WholePipeOptions {
  readonly alarms?: Record<string, unknown>;
  /** Of the alarm queue; the function's time-out is a second less. */
  readonly visibilitySeconds?: number;
  readonly maxReceiveCount?: number;
  /** Of the alarm queue; pages are delivered one by one, as the template says. */
  readonly batchSize?: number;
  /** How many of alarm-fanout, and of each sink's function. One when left out, and each then runs five invocations. */
  readonly processes?: { readonly fanout: number; readonly sink: number };
  /** More for the environment of the functions. */
  readonly environment?: Readonly<Record<string, string>>;
}

const region = 'us-west-1';
const visibleAgainSeconds = 30;

export async function startWholePipe(options: WholePipeOptions = {}): Promise<WholePipe> {
  const { visibilitySeconds = visibleAgainSeconds, maxReceiveCount = 50 } = options;
  const [chat, pager, fallback] = await Promise.all([startSlackWebhook(), startPagerDuty(), startWebhook()]);
  const config = configFor(pager, options.alarms);
  const stage = await startAlarmStage(config, { visibilitySeconds, maxReceiveCount });
  for (const [name, { secret }] of Object.entries({ chat, pager, fallback }))
    stage.stack.secrets.put({ name: `nightshift/${name}`, value: secret, region });
  const log: string[] = [];
  const start = (order: Started) => startFunctions(stage, options, order, (line) => log.push(line));
  const { alarmQueue, sinkQueue } = stage.names;
  await Promise.all(['alarm-fanout', 'alarm-delivery'].map((job) => bundleJob(stage, job)));
  const started = await Promise.all([
    start({ name: 'fanout', job: 'alarm-fanout', queue: alarmQueue }),
    ...Object.keys(config.sinks).map((sink) =>
      start({ name: sink, job: 'alarm-delivery', queue: sinkQueue(sink) }),
    ),
  ]);
  const functions = new Map(started);
  return {
    stage,
    chat,
    pager,
    fallback,
    functions,
    log,
    put: (bodies) => put(stage, bodies),
    count: (queue) => count(stage, queue, 'with delayed'),
    waiting: (queue) => count(stage, queue, 'without delayed'),
    forgetWindows: async () => {
      const { dynamo, name } = stage.fanout.table;
      for (const sink of Object.keys(config.sinks))
        await dynamo.send(new DeleteCommand({ TableName: name, Key: { pk: `window#${sink}`, sk: 'open' } }));
    },
    stop: async () => {
      await Promise.all([...functions.values()].flat().map((one) => one.stop()));
      await stage.stop();
      await Promise.all([chat.stop(), pager.stop(), fallback.stop()]);
    },
  };
}

const bundleOf = ({ stack }: AlarmStage, job: string) => join(stack.folder, 'functions', `${job}.mjs`);

/** What runs is what is deployed: it also starts in a third of the time, which counts where it is killed so often. */
async function bundleJob(stage: AlarmStage, job: string): Promise<void> {
  const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
  await bundle({ projectRoot, entry: `functions/${job}/handler.ts`, outFile: bundleOf(stage, job) });
}

interface Started {
  readonly name: string;
  readonly job: string;
  readonly queue: string;
}

/** One function's processes: where there are several, each runs one invocation at a time, as Lambda's do. */
async function startFunctions(
  stage: AlarmStage,
  { visibilitySeconds = visibleAgainSeconds, batchSize = 10, processes, environment }: WholePipeOptions,
  { name, job, queue }: Started,
  onLog: (line: string) => void,
): Promise<[string, RunningQueueFunction[]]> {
  const isFanout = name === 'fanout';
  const order = {
    functionName: stage.names.functionName(isFanout ? job : `sink-${name}`),
    handler: pathToFileURL(bundleOf(stage, job)).href,
    environment: { ...stage.environment, ...environment, ...(isFanout ? {} : { NIGHTSHIFT_SINK: name }) },
    queueUrl: await stage.queueUrl(queue),
    queueArn: queueArn(region, queue),
    batchSize: isFanout ? batchSize : 1,
    timeoutMilliseconds: (visibilitySeconds - 1) * 1_000,
    ...(processes ? { pollers: 1 } : {}),
  };
  const count = processes?.[isFanout ? 'fanout' : 'sink'] ?? 1;
  const started = Array.from({ length: count }, () => startQueueFunction(order, onLog));
  return [name, await Promise.all(started)];
}

function configFor({ endpoint }: FakePagerDuty, more: Record<string, unknown> = {}): AlarmsConfig {
  return alarmsConfig({
    sinks: {
      chat: { kind: 'slack', secret: 'nightshift/chat' },
      pager: { kind: 'pagerduty', secret: 'nightshift/pager', endpoint },
      fallback: { kind: 'webhook', secret: 'nightshift/fallback' },
    },
    routes: [{ to: ['chat', 'pager'] }],
    fallback: 'fallback',
    ...more,
  });
}

async function put({ sqs, names, queueUrl }: AlarmStage, bodies: readonly unknown[]): Promise<void> {
  const QueueUrl = await queueUrl(names.alarmQueue);
  for (let first = 0; first < bodies.length; first += 10) {
    const Entries = bodies
      .slice(first, first + 10)
      .map((body, index) => ({ Id: String(index), MessageBody: JSON.stringify(body) }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

async function count(
  { sqs, queueUrl }: AlarmStage,
  queue: string,
  what: 'with delayed' | 'without delayed',
): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: await queueUrl(queue), AttributeNames: ['All'] }),
  );
  const part = (name: keyof typeof Attributes) => Number(Attributes[name] ?? 0);
  return (
    part('ApproximateNumberOfMessages') +
    part('ApproximateNumberOfMessagesNotVisible') +
    (what === 'with delayed' ? part('ApproximateNumberOfMessagesDelayed') : 0)
  );
}

const sample = readFileSync(
  new URL('../../events/alarm-fanout.eventbridge-metric.json', import.meta.url),
  'utf8',
);

interface AlarmEvent {
  readonly detail: { readonly state: object };
}

/** A change of state as EventBridge tells it. */
export function alarmEvent(name: string, value: 'ALARM' | 'OK', at: Date): object {
  const event = JSON.parse(sample.replaceAll(/:alarm:[\w-]+"/g, `:alarm:${name}"`)) as AlarmEvent;
  const timestamp = at.toISOString().replace('Z', '+0000');
  return {
    ...event,
    detail: { ...event.detail, alarmName: name, state: { ...event.detail.state, value, timestamp } },
  };
}
