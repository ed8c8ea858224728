import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import { type Receipt, receiptKey } from '../../functions/alarm-delivery/receipt.ts';
import { testPageId } from '../../functions/alarm-fanout/made-up-page.ts';
import { readText } from '../../shared/aws/objects.ts';
import { type AlarmContext, type AlarmOptions, requireSink, withAlarms } from '../alarm-context.ts';
import { print } from '../options.ts';
import { formatSeconds } from '../units.ts';

interface TestOptions extends AlarmOptions {
  readonly sink: string;
}

const patienceSeconds = 60;

export function addAlarmsTest(alarms: Command): Command {
  return alarms
    .command('test')
    .description('sends a sample to one sink, the whole way, and waits for its receipt')
    .requiredOption('--sink <name>', 'a sink of the config')
    .addHelpText('after', '\nExample:\n  nightshift alarms test --sink channel --stage prod')
    .action((options: TestOptions) => withAlarms(options, (context) => test(context, options)));
}

async function test(context: AlarmContext, options: TestOptions): Promise<void> {
  const { alarms, names, sqs, queueUrl, progress } = context;
  const sink = requireSink(alarms, options.sink);
  const { MessageId = '' } = await sqs.send(
    new SendMessageCommand({
      QueueUrl: await queueUrl(names.alarmQueue),
      MessageBody: JSON.stringify({ trigger: 'test', sink }),
    }),
  );
  const receipt = await progress.task(`Send a sample to ${sink}`, () =>
    receiptWithin(context, sink, MessageId),
  );
  print(
    options,
    receipt,
    () =>
      `${sink} took it after ${formatSeconds(receipt.latencyMs / 1_000)}, at attempt ${receipt.attempts}. Look whether it can be read there.`,
  );
}

/** The page may be made on the other side of midnight. */
async function receiptWithin(
  { s3, names, queueUrl }: AlarmContext,
  sink: string,
  messageId: string,
): Promise<Receipt> {
  const id = testPageId(messageId);
  for (const until = Date.now() + patienceSeconds * 1_000; Date.now() < until; await sleep(500)) {
    const key = receiptKey({ id, at: new Date().toISOString() }, sink);
    const text = await readText(s3, { bucket: names.backupBucket, key });
    if (text !== undefined) return JSON.parse(text) as Receipt;
  }
  throw new Error(
    `${sink} has not taken the sample within ${patienceSeconds} s. Its function's log says why, and so may the attribute "refusal" of what lies in ${await queueUrl(names.sinkDeadLetters(sink))}.`,
  );
}
