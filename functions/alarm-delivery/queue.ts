import {
  ChangeMessageVisibilityCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { once } from '../../shared/job/once.ts';
import { cut, oneLine } from './plain-text.ts';

/** What is done to messages of a sink's queue besides taking them. */
export interface SinkQueue {
  /** Hides a message for so long; whoever asks reports it as failed, so that the queue gives it again. */
  delay(record: SQSRecord, seconds: number): Promise<void>;
  /** Puts a copy among the dead letters, with the reason as its attribute `refusal`. */
  bury(record: SQSRecord, reason: string): Promise<void>;
}

export interface QueueNames {
  readonly queue: string;
  readonly deadLetters: string;
}

/** Their addresses are asked for by name, once: only SQS knows them. */
export function sinkQueue(sqs: SQSClient, { queue, deadLetters }: QueueNames): SinkQueue {
  const queueUrl = once(() => urlOf(sqs, queue));
  const deadLettersUrl = once(() => urlOf(sqs, deadLetters));
  return {
    delay: async ({ receiptHandle }, seconds) => {
      await sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: await queueUrl(),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
    bury: async ({ body }, reason) => {
      const refusal = cut(oneLine(reason), 1_000) || 'without a reason';
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: await deadLettersUrl(),
          MessageBody: body,
          MessageAttributes: { refusal: { DataType: 'String', StringValue: refusal } },
        }),
      );
    },
  };
}

async function urlOf(sqs: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  return QueueUrl;
}
