import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { RDSClient } from '@aws-sdk/client-rds';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { cloudwatchClient, rdsClient, sqsClient } from '../../shared/aws/clients.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import type { Surroundings } from '../../shared/job/job.ts';
import { once } from '../../shared/job/once.ts';
import type { AlarmTable } from './alarm-table.ts';

/** What every batch needs; made once for each cold start. */
export interface Hands extends Surroundings {
  readonly alarms: AlarmsConfig;
  readonly table: AlarmTable;
  readonly idempotency: DynamoDBPersistenceLayer;
  readonly sqs: SQSClient;
  readonly cloudwatch: CloudWatchClient;
  readonly rds: RDSClient;
  /** Of the queue that alarms lie on, and of the one for what cannot be read. */
  alarmQueueUrl(): Promise<string>;
  deadLettersUrl(): Promise<string>;
}

/** Throws ConfigError for a stage without `alarms`. */
export function handsOf(surroundings: Surroundings): Hands {
  const { config, names, aws, stage } = surroundings;
  if (!config.alarms) {
    throw new ConfigError(
      `The stage "${stage}" has no "alarms": alarm-fanout has nowhere to send to. Add them to the config.`,
    );
  }
  const sqs = sqsClient(config.region);
  return {
    ...surroundings,
    alarms: config.alarms,
    table: { dynamo: DynamoDBDocumentClient.from(aws.dynamo), name: names.alarmTable },
    idempotency: new DynamoDBPersistenceLayer({ tableName: names.deliveryTable, awsSdkV3Client: aws.dynamo }),
    sqs,
    cloudwatch: cloudwatchClient(config.region),
    rds: rdsClient(config.region),
    alarmQueueUrl: once(() => urlOf(sqs, names.alarmQueue)),
    deadLettersUrl: once(() => urlOf(sqs, names.alarmDeadLetters)),
  };
}

async function urlOf(sqs: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl === undefined) throw new ConfigError(`SQS gave no URL of the queue ${QueueName}.`);
  return QueueUrl;
}
