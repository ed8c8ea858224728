import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** An event source mapping: what is polled, in batches of which size, and what takes them. */
export interface QueuePollerOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  /** How long a batch is waited for to become full; 0, the default, takes what is there. */
  readonly batchingWindowMs?: number;
  /** Lambda begins with five pollers for a queue. */
  readonly pollers?: number;
  /** A function that reports the failures of single records; one that throws gets the whole batch again. */
  readonly invoke: (event: SQSEvent) => Promise<SQSBatchResponse | undefined>;
  /** Told of what an invocation threw; SQS gives its messages again. */
  readonly onError?: (error: unknown) => void;
}

export interface QueuePoller {
  /** Takes no more; resolves when the batches that were taken are done. */
  stop(): Promise<void>;
}

/** SQS gives ten messages at most in one answer. */
const mostReceived = 10;
const longPollSeconds = 1;

/** Polls a queue as Lambda does: five at a time, what succeeded is deleted, what failed is seen again after its time-out. */
export function pollQueue(options: QueuePollerOptions): QueuePoller {
  const stopping = new AbortController();
  const loops = Array.from({ length: options.pollers ?? 5 }, () => pollUntil(stopping.signal, options));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function pollUntil(signal: AbortSignal, options: QueuePollerOptions): Promise<void> {
  while (!signal.aborted) {
    const batch = await receiveBatch(signal, options);
    if (batch.length > 0) await invokeWith(batch, options);
  }
}

async function receiveBatch(
  signal: AbortSignal,
  { sqs, queueUrl, batchSize, batchingWindowMs = 0 }: QueuePollerOptions,
): Promise<Message[]> {
  const batch: Message[] = [];
  let until = Number.POSITIVE_INFINITY;
  while (!signal.aborted && batch.length < batchSize && Date.now() < until) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: Math.min(mostReceived, batchSize - batch.length),
        WaitTimeSeconds: batch.length === 0 ? longPollSeconds : 0,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
    );
    batch.push(...Messages);
    if (batch.length > 0 && until === Number.POSITIVE_INFINITY) until = Date.now() + batchingWindowMs;
    if (Messages.length < mostReceived && batchingWindowMs === 0) break;
  }
  return batch;
}

async function invokeWith(
  batch: readonly Message[],
  { sqs, queueUrl, queueArn, invoke, onError }: QueuePollerOptions,
): Promise<void> {
  const response = await invoke({ Records: batch.map((message) => recordOf(message, queueArn)) }).catch(
    (error: unknown) => {
      onError?.(error);
      return 'all failed' as const;
    },
  );
  if (response === 'all failed') return;
  const failed = new Set((response?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  const done = batch.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
  for (let first = 0; first < done.length; first += mostReceived) {
    const Entries = done
      .slice(first, first + mostReceived)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** A message as Lambda hands it on: names begin with small letters there. */
function recordOf(message: Message, queueArn: string): SQSRecord {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: Attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType = 'String', StringValue }]) => [
        name,
        { dataType: DataType, ...(StringValue === undefined ? {} : { stringValue: StringValue }) },
      ]),
    ),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}
