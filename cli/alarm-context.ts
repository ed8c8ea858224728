import type { S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoClient, s3Client, sqsClient } from '../shared/aws/clients.ts';
import { hasName } from '../shared/aws/errors.ts';
import { type ResourceNames, resourceNames } from '../shared/config/names.ts';
import type { AlarmsConfig, StageConfig } from '../shared/config/schema.ts';
import { UsageError } from './failure.ts';
import { createProgress, type Progress } from './progress.ts';
import { openTarget, type TargetOptions } from './target.ts';

export interface AlarmOptions extends TargetOptions {
  readonly json: boolean;
}

/** The way of alarms of one stage: its queues, its table and its bucket. */
export interface AlarmContext {
  readonly stage: string;
  readonly config: StageConfig;
  readonly alarms: AlarmsConfig;
  readonly names: ResourceNames;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBDocumentClient;
  readonly progress: Progress;
  /** Throws UsageError for a queue that the stage does not have. */
  queueUrl(queue: string): Promise<string>;
}

/** Opens the way of alarms that is there: the stack of `nightshift up`, or a deployed stage. Throws UsageError. */
export async function withAlarms(
  options: AlarmOptions,
  work: (context: AlarmContext) => Promise<void>,
): Promise<void> {
  const progress = createProgress(options);
  const target = await openTarget(options, progress, { existing: true });
  try {
    Object.assign(process.env, target.environment);
    const { stage, config } = target;
    const sqs = sqsClient(config.region);
    await work({
      stage,
      config,
      alarms: alarmsOf(stage, config),
      names: resourceNames(stage, config),
      sqs,
      s3: s3Client(config.region),
      dynamo: DynamoDBDocumentClient.from(dynamoClient(config.region)),
      progress,
      queueUrl: (queue) => urlOf(sqs, queue),
    });
  } finally {
    await target.stop();
  }
}

/** Throws UsageError for a stage that sends its alarms nowhere. */
export function alarmsOf(stage: string, { alarms }: StageConfig): AlarmsConfig {
  if (alarms) return alarms;
  throw new UsageError(
    `The stage "${stage}" has no "alarms" in its config: its alarms ring at the alert topic as they are. Add "alarms" with sinks and routes (docs/jobs/alarm-fanout.md).`,
  );
}

/** Throws UsageError for a sink that the config does not have. */
export function requireSink({ sinks }: AlarmsConfig, sink: string): string {
  if (Object.hasOwn(sinks, sink)) return sink;
  throw new UsageError(
    `There is no sink ${JSON.stringify(sink.slice(0, 100))}. There is: ${Object.keys(sinks).join(', ')}.`,
  );
}

async function urlOf(sqs: SQSClient, QueueName: string): Promise<string> {
  try {
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    return QueueUrl;
  } catch (error) {
    if (!hasName(error, 'QueueDoesNotExist')) throw error;
    throw new UsageError(`There is no queue ${QueueName}: deploy the stage with its "alarms" first.`);
  }
}
