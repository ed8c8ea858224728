import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { type AlarmContext, type AlarmOptions, requireSink, withAlarms } from '../alarm-context.ts';
import { type DeadLetter, describeLetters, type Redriven, whatLetter } from '../dead-letters.ts';
import { printSentences } from '../options.ts';

interface RedriveOptions extends AlarmOptions {
  readonly sink?: string;
  readonly dryRun: boolean;
}

export function addAlarmsRedrive(alarms: Command): Command {
  return alarms
    .command('redrive')
    .description('sends dead letters again: what sinks did not take, and what could not be read')
    .option('--sink <name>', 'of this sink alone (default: of all, and of alarm-fanout itself)')
    .option('--dry-run', 'count them and say why they lie there, and leave them', false)
    .addHelpText('after', '\nExample:\n  nightshift alarms redrive --sink on-call --stage prod')
    .action((options: RedriveOptions) => withAlarms(options, (context) => redriveAll(context, options)));
}

async function redriveAll(context: AlarmContext, options: RedriveOptions): Promise<void> {
  const { names, alarms } = context;
  const sinks = options.sink === undefined ? Object.keys(alarms.sinks) : [requireSink(alarms, options.sink)];
  const ways = sinks.map((sink) => [names.sinkDeadLetters(sink), names.sinkQueue(sink)] as const);
  const own = options.sink === undefined ? [[names.alarmDeadLetters, names.alarmQueue] as const] : [];
  const done: Redriven[] = [];
  for (const [from, to] of [...ways, ...own])
    done.push(await redrive(context, from, options.dryRun ? null : to));
  printSentences(options, done, () => describeLetters(done, options.dryRun));
}

const mostReceived = 10;
/** So long a letter that was looked at is not seen by others: it is sent again, or left, within it. */
const hiddenSeconds = 60;

/** Each is sent before it is deleted: cut off in between, it is there twice, and told once. */
async function redrive(context: AlarmContext, from: string, to: string | null): Promise<Redriven> {
  const { sqs, queueUrl } = context;
  const [source, target] = [await queueUrl(from), to === null ? null : await queueUrl(to)];
  const began = Date.now();
  const letters: DeadLetter[] = [];
  const seen = new Set<string>();
  const taken: Message[] = [];
  const back: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: source,
        MaxNumberOfMessages: mostReceived,
        VisibilityTimeout: hiddenSeconds,
        WaitTimeSeconds: 1,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
    const fresh = Messages.filter(({ MessageId = '' }) => !seen.has(MessageId));
    if (fresh.length === 0) break;
    for (const message of fresh) {
      seen.add(message.MessageId ?? '');
      // What is refused again comes back at once, and would be sent again for ever.
      if (sentAt(message) > began) {
        back.push(message);
        continue;
      }
      taken.push(message);
      letters.push(letterOf(message));
      if (target !== null) await move(context, message, source, target);
    }
  }
  await release(context, source, target === null ? [...taken, ...back] : back);
  const reasons = [...new Set(letters.map(({ reason }) => reason))].sort();
  return { queue: from, messages: taken.length, reasons, letters };
}

function letterOf({ Body = '', MessageAttributes = {} }: Message): DeadLetter {
  const [refusal] = MessageAttributes.refusal?.StringValue?.split('\n') ?? [];
  return { what: whatLetter(Body), reason: refusal || 'it was tried too often' };
}

function sentAt({ Attributes }: Message): number {
  return Number(Attributes?.SentTimestamp ?? 0);
}

/** What was only looked at can be taken again at once. */
async function release({ sqs }: AlarmContext, QueueUrl: string, taken: readonly Message[]): Promise<void> {
  for (const { ReceiptHandle } of taken) {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
}

async function move({ sqs }: AlarmContext, message: Message, from: string, to: string): Promise<void> {
  const { refusal: _, ...kept } = message.MessageAttributes ?? {};
  await sqs.send(
    new SendMessageCommand({ QueueUrl: to, MessageBody: message.Body ?? '', MessageAttributes: kept }),
  );
  await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: message.ReceiptHandle }));
}
