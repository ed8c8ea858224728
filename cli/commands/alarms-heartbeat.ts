import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Command } from 'commander';
import type { Receipt } from '../../functions/alarm-delivery/receipt.ts';
import { heartbeatPageId } from '../../functions/alarm-fanout/made-up-page.ts';
import { type AlarmContext, type AlarmOptions, withAlarms } from '../alarm-context.ts';
import { awaitReceipt } from '../await-receipt.ts';
import { print } from '../options.ts';
import { describeReceipt } from './alarms-test.ts';

export function addAlarmsHeartbeat(alarms: Command): Command {
  return alarms
    .command('heartbeat')
    .description('sends the daily heartbeat now, to every sink, and waits for the receipts')
    .addHelpText('after', '\nExample:\n  nightshift alarms heartbeat --stage prod')
    .action((options: AlarmOptions) => withAlarms(options, (context) => beat(context, options)));
}

async function beat(context: AlarmContext, options: AlarmOptions): Promise<void> {
  const { alarms, names, sqs, queueUrl, progress } = context;
  const scheduledTime = new Date().toISOString();
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: await queueUrl(names.alarmQueue),
      MessageBody: JSON.stringify({ trigger: 'heartbeat', scheduledTime }),
    }),
  );
  const id = heartbeatPageId(scheduledTime);
  const sinks = Object.keys(alarms.sinks);
  const ends = await progress.task(`Send a heartbeat to ${sinks.join(', ')}`, () =>
    Promise.allSettled(sinks.map((sink) => awaitReceipt(context, sink, id))),
  );
  const receipts = ends.flatMap((end): Receipt[] => (end.status === 'fulfilled' ? [end.value] : []));
  const missed = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as Error).message] : []));
  print(options, receipts, () => receipts.map(describeReceipt).join('\n'));
  if (missed.length > 0) throw new Error(missed.join('\n'));
}
