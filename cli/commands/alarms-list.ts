import type { Command } from 'commander';
import { readRows } from '../../functions/alarm-fanout/alarm-table.ts';
import { matchesName } from '../../functions/alarm-fanout/matches.ts';
import { type AlarmContext, type AlarmOptions, withAlarms } from '../alarm-context.ts';
import { printSentences } from '../options.ts';
import { describeAlarms, isOpen, type KnownAlarm, knownAlarm, sortAlarms } from '../show-alarm-list.ts';

interface ListOptions extends AlarmOptions {
  readonly alarms?: string[];
}

export function addAlarmsList(alarms: Command): Command {
  return alarms
    .command('list')
    .description('the alarms that are on: since when, who was told, and what holds them back')
    .option('--alarms <names...>', 'these, * for anything, also where they are over (default: what is on)')
    .addHelpText('after', "\nExample:\n  nightshift alarms list --alarms '*-connections' --stage prod")
    .action((options: ListOptions) => withAlarms(options, (context) => list(context, options)));
}

async function list({ dynamo, names }: AlarmContext, options: ListOptions): Promise<void> {
  const { alarms: patterns } = options;
  const found: KnownAlarm[] = [];
  for await (const row of readRows({ dynamo, name: names.alarmTable })) {
    const alarm = knownAlarm(row);
    if (patterns ? matchesName(patterns, alarm.alarm) : isOpen(alarm)) found.push(alarm);
  }
  const sorted = sortAlarms(found);
  printSentences(options, sorted, () => (sorted.length > 0 ? describeAlarms(sorted) : nothing(patterns)));
}

function nothing(patterns: readonly string[] | undefined): string {
  return patterns === undefined
    ? 'No alarm is on.'
    : 'Nothing is known of such an alarm: no event of it has come within 30 days.\ndocs/runbooks/alarm-fanout.md says where to look.';
}
