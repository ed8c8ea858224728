import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import {
  CreateTopicCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mostReceives } from '../../../shared/alarm/most-receives.ts';
import type { ResourceNames } from '../../../shared/config/names.ts';
import type { AlarmsConfig } from '../../../shared/config/schema.ts';
import { LOCAL_ACCOUNT } from '../gateway/service.ts';

/** As the template says. */
const mostReceivesOfAlarms = 10;

/** The queues and topics that the template makes for a stage with `alarms`, made in the embedded stack. */
export async function createAlarmPipe(place: PipePlace): Promise<void> {
  const { names, alarms, region, endpoint } = place;
  const client = { region, endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const sqs = new SQSClient(client);
  const sns = new SNSClient(client);
  const makers = { sqs, sns, ...place };
  const { maxReceiveCount = mostReceivesOfAlarms } = place;
  await createQueueWithDeadLetters(makers, {
    queue: names.alarmQueue,
    deadLetters: names.alarmDeadLetters,
    maxReceiveCount,
  });
  await sns.send(new CreateTopicCommand({ Name: names.pageTopic }));
  await subscribe(makers, names.alertTopicArn, names.alarmQueue, { status: ['failed'] }, false);
  for (const [sink, { kind }] of Object.entries(alarms.sinks)) {
    const queue = names.sinkQueue(sink);
    const deadLetters = names.sinkDeadLetters(sink);
    await createQueueWithDeadLetters(makers, { queue, deadLetters, maxReceiveCount: mostReceives });
    await subscribe(makers, names.pageTopicArn, queue, { sinks: [inArray(sink)] }, true);
    if (kind === 'email') await sns.send(new CreateTopicCommand({ Name: topicOf(names.mailTopicArn(sink)) }));
  }
  sqs.destroy();
  sns.destroy();
}

export interface PipePlace {
  readonly names: ResourceNames;
  readonly alarms: AlarmsConfig;
  readonly region: string;
  readonly endpoint: string;
  /** How long a message that was taken is not seen again; as the template says when left out. */
  readonly visibilitySeconds?: number;
  /** How often an alarm is taken before it is a dead letter, as the template says when left out; pages are as it says. */
  readonly maxReceiveCount?: number;
}

/** AWS looks for an element of an attribute of type String.Array; fauxqs compares its JSON as one text. */
const inArray = (element: string) => ({ wildcard: `*${JSON.stringify(element)}*` });

interface Makers extends PipePlace {
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
}

interface QueueWithDeadLetters {
  readonly queue: string;
  readonly deadLetters: string;
  readonly maxReceiveCount: number;
}

async function createQueueWithDeadLetters(
  { sqs, region, visibilitySeconds = 360 }: Makers,
  { queue, deadLetters, maxReceiveCount }: QueueWithDeadLetters,
): Promise<void> {
  await sqs.send(new CreateQueueCommand({ QueueName: deadLetters }));
  await sqs.send(
    new CreateQueueCommand({
      QueueName: queue,
      Attributes: {
        VisibilityTimeout: String(visibilitySeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: queueArn(region, deadLetters),
          maxReceiveCount,
        }),
      },
    }),
  );
}

async function subscribe(
  { sns, region }: Makers,
  TopicArn: string,
  queue: string,
  filter: Readonly<Record<string, readonly unknown[]>>,
  raw: boolean,
): Promise<void> {
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol: 'sqs',
      Endpoint: queueArn(region, queue),
      ReturnSubscriptionArn: true,
    }),
  );
  const attributes = { FilterPolicy: JSON.stringify(filter), RawMessageDelivery: String(raw) };
  for (const [AttributeName, AttributeValue] of Object.entries(attributes)) {
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
  }
}

export const queueArn = (region: string, queue: string) => `arn:aws:sqs:${region}:${LOCAL_ACCOUNT}:${queue}`;

const topicOf = (arn: string) => arn.split(':').at(-1) ?? arn;

/** The two tables of the pipe, without what the local DynamoDB does not know: expiry, recovery, encryption. */
export function alarmTables({ alarmTable, deliveryTable }: ResourceNames): CreateTableInput[] {
  return [
    {
      TableName: alarmTable,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    },
    {
      TableName: deliveryTable,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  ];
}
