import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { deliveryHandler } from '../../functions/alarm-delivery/handler.ts';
import type { Receipt } from '../../functions/alarm-delivery/receipt.ts';
import { queueArn } from '../../infra/local/aws/alarm-pipe.ts';
import { lambdaContext } from '../../infra/local/lambda/lambda-context.ts';
import { pollQueue } from '../../infra/local/lambda/queue-poller.ts';
import type { Page } from '../../shared/alarm/page.ts';
import { alarms } from '../../shared/config/alarms.ts';
import { startPagerDuty, startSlackBot, startSlackWebhook, startTeams, startWebhook } from './alarm-sinks.ts';
import { type AlarmStage, startAlarmStage } from './alarm-stage.ts';

const region = 'us-west-1';
const topicArn = `arn:aws:sns:${region}:111122223333:people`;

/** A sink of every kind behind real queues, with alarm-delivery at hand in this process; its SDKs read this process's environment. */
export async function startDeliveryStage(more: Record<string, unknown> = {}) {
  const fakes = {
    chat: await startSlackWebhook(),
    bot: await startSlackBot(),
    teams: await startTeams(),
    pager: await startPagerDuty(),
    hook: await startWebhook(),
  };
  const secret = (name: string) => `nightshift/${name}`;
  const config = alarms.parse({
    sinks: {
      chat: { kind: 'slack', secret: secret('chat') },
      bot: {
        kind: 'slack-bot',
        secret: secret('bot'),
        channel: fakes.bot.channel,
        endpoint: fakes.bot.endpoint,
      },
      teams: { kind: 'teams', secret: secret('teams') },
      pager: { kind: 'pagerduty', secret: secret('pager'), endpoint: fakes.pager.endpoint },
      hook: { kind: 'webhook', secret: secret('hook') },
      topic: { kind: 'sns', topicArn },
      mail: { kind: 'email', address: 'ops@example.com' },
    },
    routes: [{ to: ['chat'] }],
    fallback: 'hook',
    ...more,
  });
  const stage = await startAlarmStage(config, { visibilitySeconds: 60 });
  const give = (sink: keyof typeof fakes, value: string = fakes[sink].secret) =>
    stage.stack.secrets.put({ name: secret(sink), value, region });
  for (const sink of Object.keys(fakes) as (keyof typeof fakes)[]) give(sink);
  const environment = {
    ...stage.environment,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
  Object.assign(process.env, environment);
  const heard = await hearTopics(stage);
  const handlers = new Map<string, ReturnType<typeof deliveryHandler>>();
  const handlerOf = (sink: string) => {
    const known = handlers.get(sink) ?? deliveryHandler({ ...environment, NIGHTSHIFT_SINK: sink });
    handlers.set(sink, known);
    return known;
  };
  const invoke = (sink: string, event: unknown, timeoutMs = 30_000) =>
    handlerOf(sink)(event, lambdaContext(stage.names.functionName(`alarm-delivery-${sink}`), timeoutMs));
  return {
    ...stage,
    fakes,
    give,
    heard,
    invoke,
    put: (sink: string, body: string | Page) => put(stage, stage.names.sinkQueue(sink), body),
    take: (sink: string, count: number) => takeBatch(stage, sink, count, (event) => invoke(sink, event)),
    /** Puts pages on the sink's queue and hands them over as one batch; answers the ids of the pages that failed. */
    async deliver(sink: string, ...pages: readonly (string | Page)[]): Promise<string[]> {
      for (const page of pages) await this.put(sink, page);
      return this.take(sink, pages.length);
    },
    receipts: (sink: string) => receipts(stage, sink),
    deadLetters: (sink: string) => messagesOf(stage, stage.names.sinkDeadLetters(sink)),
    stop: async () => {
      await stage.stop();
      await Promise.all(Object.values(fakes).map((fake) => fake.stop()));
    },
  };
}

export type DeliveryStage = Awaited<ReturnType<typeof startDeliveryStage>>;

/** A batch as Lambda hands it over, of pages that lie on no queue: for deliveries that all succeed. */
export function batchOf(...pages: readonly Page[]): SQSEvent {
  const now = String(Date.now());
  const Records = pages.map(({ id }, index) => ({
    messageId: `${id}-${index}`,
    receiptHandle: 'of no queue',
    body: JSON.stringify(pages[index]),
    attributes: { ApproximateReceiveCount: '1', ApproximateFirstReceiveTimestamp: now },
    eventSource: 'aws:sqs',
  }));
  return { Records: Records as unknown as SQSRecord[] };
}

async function put({ sqs, queueUrl }: AlarmStage, queue: string, body: string | Page): Promise<void> {
  const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
  await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(queue), MessageBody }));
}

/** One batch of so many messages, as Lambda's poller takes and deletes them. */
async function takeBatch(
  { sqs, queueUrl, names }: AlarmStage,
  sink: string,
  count: number,
  invoke: (event: SQSEvent) => Promise<SQSBatchResponse>,
): Promise<string[]> {
  const queue = names.sinkQueue(sink);
  const url = await queueUrl(queue);
  const failed: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const poller = pollQueue({
      sqs,
      queueUrl: url,
      queueArn: queueArn(region, queue),
      batchSize: count,
      batchingWindowMs: count > 1 ? 300 : 0,
      pollers: 1,
      invoke: async (event) => {
        const response = await invoke(event);
        const ids = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
        for (const { messageId, body } of event.Records) {
          if (ids.has(messageId)) failed.push((JSON.parse(body) as Page).id);
        }
        void poller.stop().then(resolve, reject);
        return response;
      },
      onError: reject,
    });
  });
  return failed;
}

interface HeardMessage {
  readonly Subject: string;
  readonly Message: string;
  readonly MessageAttributes: Readonly<Record<string, { readonly Value: string }>>;
}

/** What is published to the topics of people, by topic. */
async function hearTopics({ sqs, stack, names, queueUrl }: AlarmStage) {
  const sns = new SNSClient({
    region,
    endpoint: stack.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await sns.send(new CreateTopicCommand({ Name: 'people' }));
  const topics = { alerts: names.alertTopicArn, people: topicArn, mail: names.mailTopicArn('mail') };
  for (const [name, TopicArn] of Object.entries(topics)) {
    await sqs.send(new CreateQueueCommand({ QueueName: `heard-${name}` }));
    const Endpoint = queueArn(region, `heard-${name}`);
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  }
  sns.destroy();
  return async (name: keyof typeof topics) => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: await queueUrl(`heard-${name}`), MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body) as HeardMessage);
  };
}

async function messagesOf({ sqs, queueUrl }: AlarmStage, queue: string) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: await queueUrl(queue),
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages.map(({ Body = '', MessageAttributes = {} }) => ({
    body: Body,
    refusal: MessageAttributes.refusal?.StringValue,
  }));
}

async function receipts({ stack, names }: AlarmStage, sink: string): Promise<Receipt[]> {
  const s3 = new S3Client({
    region,
    endpoint: stack.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const Bucket = names.backupBucket;
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: `runs/alarm-delivery/${sink}/` }),
  );
  const found = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '') as Receipt;
    }),
  );
  s3.destroy();
  return found;
}
