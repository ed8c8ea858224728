import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import type { Receipt } from '../../functions/alarm-delivery/receipt.ts';
import { testPageId } from '../../functions/alarm-fanout/made-up-page.ts';
import { type AlarmContext, type AlarmOptions, requireSink, withAlarms } from '../alarm-context.ts';
import { awaitReceipt } from '../await-receipt.ts';
import { print } from '../options.ts';
import { formatSeconds } from '../units.ts';

interface TestOptions extends AlarmOptions {
  readonly sink: string;
}

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
    awaitReceipt(context, sink, testPageId(MessageId)),
  );
  print(options, receipt, () => `${describeReceipt(receipt)} Look whether it can be read there.`);
}

/** `channel took it after 0.3 s, at attempt 1.` */
export function describeReceipt({ sink, latencyMs, attempts }: Receipt): string {
  return `${sink} took it after ${formatSeconds(latencyMs / 1_000)}, at attempt ${attempts}.`;
}
