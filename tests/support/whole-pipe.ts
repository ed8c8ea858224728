import { readFileSync } from 'node:fs';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
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
  /** By the function's name without its stage. */
  readonly functions: ReadonlyMap<string, RunningQueueFunction>;
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
  readonly batchSize?: number;
}

const region = 'us-west-1';

export async function startWholePipe(options: WholePipeOptions = {}): Promise<WholePipe> {
  const { visibilitySeconds = 30, maxReceiveCount = 50, batchSize = 10 } = options;
  const [chat, pager, fallback] = await Promise.all([startSlackWebhook(), startPagerDuty(), startWebhook()]);
  const config = configFor(pager, options.alarms);
  const stage = await startAlarmStage(config, { visibilitySeconds, maxReceiveCount });
  for (const [name, { secret }] of Object.entries({ chat, pager, fallback }))
    stage.stack.secrets.put({ name: `nightshift/${name}`, value: secret, region });
  const log: string[] = [];
  const start = async (job: string, queue: string, more: Record<string, string> = {}) =>
    startQueueFunction(
      {
        functionName: stage.names.functionName(job),
        handler: new URL(`../../functions/${job}/handler.ts`, import.meta.url).href,
        environment: { ...stage.environment, ...more },
        queueUrl: await stage.queueUrl(queue),
        queueArn: queueArn(region, queue),
        batchSize,
        timeoutMilliseconds: (visibilitySeconds - 1) * 1_000,
      },
      (line) => log.push(line),
    );
  const sinks = await Promise.all(
    Object.keys(config.sinks).map(
      async (sink) =>
        [
          sink,
          await start('alarm-delivery', stage.names.sinkQueue(sink), { NIGHTSHIFT_SINK: sink }),
        ] as const,
    ),
  );
  const functions = new Map([
    ['fanout', await start('alarm-fanout', stage.names.alarmQueue)] as const,
    ...sinks,
  ]);
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
      await Promise.all([...functions.values()].map((one) => one.stop()));
      await stage.stop();
      await Promise.all([chat.stop(), pager.stop(), fallback.stop()]);
    },
  };
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
