import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { ResourceNames } from '../../../shared/config/names.ts';
import type { StageConfig } from '../../../shared/config/schema.ts';
import { queueArn } from '../aws/alarm-pipe.ts';
import { queueUrl } from '../aws/queue-url.ts';
import type { SinkMessage } from './sink-server.ts';

/** What a subscriber of a sink's topic reads. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export interface Mailbox {
  stop(): Promise<void>;
}

interface MailboxPlace {
  readonly endpoint: string;
  readonly names: ResourceNames;
  readonly config: StageConfig;
}

/**
 * Stands for whoever subscribes to the topics of a stage's sinks of e-mail and SNS; tells of each message as it comes,
 * and of what keeps it from reading on.
 */
export async function openMailbox(
  { endpoint, names, config: { region, alarms } }: MailboxPlace,
  onMail: (message: SinkMessage) => void,
  onFailure: (said: string) => void,
): Promise<Mailbox> {
  const client = { region, endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const [sns, sqs] = [new SNSClient(client), new SQSClient(client)];
  const closing = new AbortController();
  const readers: Promise<void>[] = [];
  for (const [sink, settings] of Object.entries(alarms?.sinks ?? {})) {
    if (settings.kind !== 'email' && settings.kind !== 'sns') continue;
    const topic = settings.kind === 'email' ? names.mailTopicArn(sink) : settings.topicArn;
    const queue = `${names.sinkQueue(sink)}-mailbox`;
    // One of e-mail is there already; that of a sink of SNS is somebody else's in AWS, and here nobody's.
    const made = await sns.send(new CreateTopicCommand({ Name: topic.split(':').at(-1) }));
    await sqs.send(new CreateQueueCommand({ QueueName: queue }));
    const Endpoint = queueArn(region, queue);
    await sns.send(new SubscribeCommand({ TopicArn: made.TopicArn, Protocol: 'sqs', Endpoint }));
    const url = queueUrl(endpoint, queue);
    const onBody = (body: string) =>
      onMail({ sink, kind: settings.kind, at: new Date().toISOString(), body: mailOf(body) });
    const reading = readAll({ sqs, url, signal: closing.signal }, onBody);
    readers.push(
      reading.catch((error: Error) => onFailure(`The mailbox of ${sink} reads no more: ${error.message}`)),
    );
  }
  return {
    stop: async () => {
      closing.abort();
      await Promise.all(readers);
      for (const one of [sns, sqs]) one.destroy();
    },
  };
}

function mailOf(body: string): Mail {
  const { Subject = '', Message = '' } = JSON.parse(body) as { Subject?: string; Message?: string };
  return { subject: Subject, text: Message };
}

interface Reading {
  readonly sqs: SQSClient;
  readonly url: string;
  readonly signal: AbortSignal;
}

async function readAll({ sqs, url, signal }: Reading, onBody: (body: string) => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
        { abortSignal: signal },
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        onBody(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
