import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
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
    const files = await parquetFiles(target, first);
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

async function parquetFiles({ local }: Target, result: JobResult): Promise<string[]> {
  if (!local || result.kind !== 'done' || result.record.report?.kind !== 'run') return [];
  const entries = await readdir(local.stack.s3Folder, { recursive: true });
  return entries
    .filter((name) => name.endsWith('.parquet.data'))
    .map((name) => relative('.', join(local.stack.s3Folder, name)))
    .sort();
}

const shownFiles = 12;

function describeNight(first: JobResult, second: JobResult, files: readonly string[]): string {
  const again =
    second.kind === 'done' && second.before
      ? 'The same event, delivered again, found the work done and made nothing.'
      : '';
  const more = files.length > shownFiles ? [`  and ${files.length - shownFiles} more`] : [];
  return [
    '',
    describeResult(first),
    '',
    again,
    '',
    'Parquet files, to be read with any tool:',
    ...files.slice(0, shownFiles).map((file) => `  ${file}`),
    ...more,
  ].join('\n');
}
