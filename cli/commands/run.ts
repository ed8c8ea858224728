import type { Command } from 'commander';
import { readEvent, requireJob } from '../event-file.ts';
import { auditRowsOption, configOption, jsonOption, print, stageOption } from '../options.ts';
import { createProgress } from '../progress.ts';
import { queuedEvent } from '../queued-event.ts';
import { runWithProgress } from '../run-job.ts';
import { describeResult } from '../show-result.ts';
import { openTarget, type Target, type TargetOptions } from '../target.ts';

interface RunOptions extends TargetOptions {
  readonly json: boolean;
  readonly event?: string;
  readonly dryRun: boolean;
}

export function addRun(program: Command): void {
  program
    .command('run <job>')
    .description('one job on this machine: on what AWS_ENDPOINT_URL names, else on the embedded stack')
    .option(
      '--event <file>',
      "the event, as JSON; - reads standard input (default: tonight's, for the first database)",
    )
    .option('--dry-run', 'print the plan and change nothing', false)
    .addOption(auditRowsOption())
    .addOption(stageOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift run snapshot-export --dry-run\n  nightshift run snapshot-export --event events/snapshot-export.schedule.json\n  nightshift run audit-archive --dry-run\n  nightshift run matview-refresh --dry-run',
    )
    .action(run);
}

async function run(job: string, options: RunOptions): Promise<void> {
  await requireJob(job);
  const given = options.event === undefined ? undefined : queuedEvent(job, await readEvent(options.event));
  const progress = createProgress(options);
  const target = await openTarget(options, progress);
  try {
    const event = { ...(given ?? defaultEvent(target)), ...(options.dryRun ? { dryRun: true } : {}) };
    const result = await runWithProgress(target, { job, event }, progress);
    print(options, result, () => describeResult(job, result));
  } finally {
    await target.stop();
  }
}

function defaultEvent({ config }: Target): object {
  const [database] = Object.keys(config.databases);
  return { database };
}
