import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DigestName } from '../../functions/alarm-fanout/digest-name.ts';
import type { Fanout } from '../../functions/alarm-fanout/fanout.ts';
import { alarmTables, createAlarmPipe, type PipePlace } from '../../infra/local/aws/alarm-pipe.ts';
import { claimsTable } from '../../infra/local/aws/claims-table.ts';
import { type LocalStack, startStack } from '../../infra/local/stack.ts';
import { stageFiles } from '../../infra/local/stage-files.ts';
import type { Page } from '../../shared/alarm/page.ts';
import { type ResourceNames, resourceNames } from '../../shared/config/names.ts';
import { type AlarmsConfig, type StageConfig, stageSchema } from '../../shared/config/schema.ts';

/** Queues, topics and tables of the alarm pipe in an embedded stack, without any function at work. */
export interface AlarmStage {
  readonly stack: LocalStack;
  readonly names: ResourceNames;
  readonly config: AlarmsConfig;
  /** The stage as a config would say it, parsed. */
  readonly stageConfig: StageConfig;
  readonly sqs: SQSClient;
  /** The hands of alarm-fanout; what it orders to be closed is kept in `ordered`. */
  readonly fanout: Fanout;
  readonly ordered: DigestName[];
  /** What a function's process needs. */
  readonly environment: Readonly<Record<string, string>>;
  queueUrl(queue: string): Promise<string>;
  /** Takes every page out of a sink's queue. */
  takePages(sink: string): Promise<Page[]>;
  stop(): Promise<void>;
}

const region = 'us-west-1';

export async function startAlarmStage(
  alarms: AlarmsConfig,
  pipe: Pick<PipePlace, 'visibilitySeconds' | 'maxReceiveCount'> = {},
): Promise<AlarmStage> {
  const stage = stageSchema.parse({
    account: '111122223333',
    region,
    backupBucket: 'alarm-backups',
    alertEmail: null,
    alarms,
    databases: {},
  });
  const names = resourceNames('test', stage);
  const stack = await startStack({
    regions: [region],
    buckets: [{ name: names.backupBucket, region }],
    topics: [{ name: names.alertTopic, region }],
    tables: [claimsTable(names.claimsTable), ...alarmTables(names)],
  });
  await createAlarmPipe({ names, alarms, region, endpoint: stack.endpoint, ...pipe });
  const client = {
    region,
    endpoint: stack.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const sqs = new SQSClient(client);
  const sns = new SNSClient(client);
  const dynamo = new DynamoDBClient(client);
  const ordered: DigestName[] = [];
  const fanout: Fanout = {
    stage: 'test',
    config: alarms,
    table: { dynamo: DynamoDBDocumentClient.from(dynamo), name: names.alarmTable },
    sns,
    pageTopicArn: names.pageTopicArn,
    now: () => new Date(),
    remainingMs: () => 60_000,
    closeLater: async (digest) => {
      ordered.push(digest);
    },
    findContext: async () => null,
  };
  const { certificatePem } = stack;
  const files = await stageFiles({ folder: stack.folder, stage: 'test', config: stage, certificatePem });
  return {
    stack,
    environment: { ...stack.environment, ...files },
    queueUrl: (queue) => urlOf(sqs, queue),
    names,
    config: alarms,
    stageConfig: stage,
    sqs,
    fanout,
    ordered,
    takePages: (sink) => takePages(sqs, names.sinkQueue(sink)),
    stop: async () => {
      for (const one of [sqs, sns, dynamo]) one.destroy();
      await stack.stop();
    },
  };
}

async function urlOf(sqs: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl === undefined) throw new Error(`There is no queue ${QueueName}`);
  return QueueUrl;
}

async function takePages(sqs: SQSClient, queue: string): Promise<Page[]> {
  const QueueUrl = await urlOf(sqs, queue);
  const pages: Page[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return pages;
    pages.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as Page));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
