import { Logger } from '@aws-lambda-powertools/logger';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { sqsClient } from '../../shared/aws/clients.ts';
import { once } from '../../shared/job/once.ts';
import { readSurroundings } from '../../shared/job/surroundings.ts';
import { parseEvent } from './event.ts';

const coldStart = once(async () => {
  const { config, names } = await readSurroundings(process.env);
  const sqs = sqsClient(config.region);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: names.alarmQueue }));
  return { sqs, QueueUrl, logger: new Logger({ serviceName: 'alarm-intake' }) };
});

/**
 * Puts what an alarm sends to a function on the queue of alarms, as it is: there it is kept until somebody knows of it.
 * What fails is thrown: Lambda tries twice more, and then leaves the event among the dead letters.
 */
async function takeIn(raw: unknown, context: Context): Promise<void> {
  const { alarmArn } = parseEvent(raw);
  const { sqs, QueueUrl, logger } = await coldStart();
  logger.addContext(context);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(raw) }));
  logger.info('Put on the queue', { alarm: alarmArn });
}

export const handler = middy({ timeoutEarlyInMillis: 0 }).handler(takeIn);
