import type { Command } from 'commander';
import { configOption, jsonOption, stageOption } from '../options.ts';
import { addAlarmsExplain } from './alarms-explain.ts';
import { addAlarmsHeartbeat } from './alarms-heartbeat.ts';
import { addAlarmsList } from './alarms-list.ts';
import { addAlarmsRedrive } from './alarms-redrive.ts';
import { addAlarmsSilence, addAlarmsSilences, addAlarmsUnsilence } from './alarms-silence.ts';
import { addAlarmsTest } from './alarms-test.ts';

export function addAlarms(program: Command): void {
  const alarms = program
    .command('alarms')
    .description('which are on, where they go, silences, and what a sink did not take')
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift alarms explain --event events/alarm-fanout.eventbridge-metric.json --stage prod\n  nightshift alarms test --sink channel --stage prod',
    );
  for (const add of [
    addAlarmsList,
    addAlarmsExplain,
    addAlarmsTest,
    addAlarmsHeartbeat,
    addAlarmsSilence,
    addAlarmsSilences,
    addAlarmsUnsilence,
    addAlarmsRedrive,
  ]) {
    add(alarms).addOption(stageOption()).addOption(configOption()).addOption(jsonOption()).exitOverride();
  }
}
