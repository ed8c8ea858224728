import type { Command } from 'commander';
import { describeFiles, type ExportedFile, exportedFiles } from '../exported-files.ts';
import { auditRowsOption, configOption, jsonOption, print } from '../options.ts';
import { createProgress } from '../progress.ts';
import { type JobResult, runWithProgress } from '../run-job.ts';
import { describeResult } from '../show-result.ts';
import { demoStage, openTarget, type Target } from '../target.ts';

interface NightOptions {
  readonly json: boolean;
  readonly config?: string;
  readonly auditRows?: number;
}

export function addNight(program: Command): void {
  program
    .command('night')
    .description('every job once, in order, on the embedded stack')
    .addOption(auditRowsOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  npm start\n  nightshift night --audit-rows 1000000\n  nightshift night --json | jq .jobs',
    )
    .action(night);
}

/** The scheduled event is delivered twice, as AWS may do it, and makes one backup. */
async function night(options: NightOptions): Promise<void> {
  const progress = createProgress(options);
  const { AWS_ENDPOINT_URL: _, ...environment } = process.env;
  process.env = environment;
  const target = await openTarget({ ...options, stage: demoStage }, progress);
  try {
    const event = scheduledEvent(target);
    const first = await runWithProgress(target, 'snapshot-export', event, progress);
    const second = await runWithProgress(
      target,
      'snapshot-export',
      event,
      progress,
      'snapshot-export, the same event delivered again',
    );
    const files = await exportedFiles(target, first);
    print(options, { jobs: [{ job: 'snapshot-export', first, second }], files }, () =>
      describeNight(first, second, files),
    );
  } finally {
    await target.stop();
  }
}

function scheduledEvent({ config }: Target) {
  const [database] = Object.keys(config.databases);
  return { trigger: 'schedule', database, scheduledTime: new Date().toISOString() };
}

function describeNight(first: JobResult, second: JobResult, files: readonly ExportedFile[]): string {
  const again =
    second.kind === 'done' && second.before
      ? 'The same event, delivered again, found the work done and made nothing.'
      : 'The same event, delivered again, did not find the work done: this should not be.';
  return ['', describeFiles(files), '', describeResult(first), '', again].join('\n');
}
