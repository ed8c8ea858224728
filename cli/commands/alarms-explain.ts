import type { Command } from 'commander';
import { describeDeployment } from '../../infra/aws/deployment.ts';
import { findJobs } from '../../infra/build/jobs.ts';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import { alarmsOf } from '../alarm-context.ts';
import { readEvent } from '../event-file.ts';
import { describeExplained, explainEvent } from '../explain-alarm.ts';
import { UsageError } from '../failure.ts';
import { readMoment } from '../moment.ts';
import { printSentences } from '../options.ts';
import { projectRoot } from '../project-root.ts';
import { demoStage, type TargetOptions } from '../target.ts';

interface ExplainOptions extends TargetOptions {
  readonly json: boolean;
  readonly event: string;
  readonly at?: string;
}

export function addAlarmsExplain(alarms: Command): Command {
  return alarms
    .command('explain')
    .description('whether an event would come in, where it would go, and why; calls nothing')
    .requiredOption('--event <file>', 'an event as its source sends it; - for standard input')
    .option('--at <time>', 'as if it came then, such as 2026-11-21T03:00:00Z (default: now)')
    .addHelpText(
      'after',
      '\nIt takes the config alone: an alarm’s tags, silences set by hand, and what is on already are not\nlooked at. `nightshift alarms list` shows those that are on.\n\nExample:\n  nightshift alarms explain --event events/alarm-fanout.eventbridge-metric.json --at 2026-11-21T03:00:00Z --stage prod',
    )
    .action(explain);
}

async function explain(options: ExplainOptions): Promise<void> {
  const stage = options.stage ?? process.env.NIGHTSHIFT_STAGE ?? demoStage;
  const config = await readStage({ stage, configFile: options.config ?? configFileInUse() });
  const alarms = alarmsOf(stage, config);
  const now = options.at === undefined ? new Date() : momentOf(options.at);
  const deployment = describeDeployment(stage, config, await findJobs(projectRoot));
  const explained = explainEvent(await readEvent(options.event), { deployment, alarms, now });
  printSentences(options, explained, () => explained.map(describeExplained).join('\n\n'));
}

function momentOf(text: string): Date {
  const at = readMoment(text);
  if (at !== undefined) return new Date(at);
  throw new UsageError(
    `--at takes a time with its zone, such as 2026-11-21T03:00:00Z, not ${JSON.stringify(text)}.`,
  );
}
