import type { Command } from 'commander';
import { s3Client } from '../../shared/aws/clients.ts';
import { listObjects, readText } from '../../shared/aws/objects.ts';
import { resourceNames } from '../../shared/config/names.ts';
import { type RunRecord, runsPrefix } from '../../shared/job/run-record.ts';
import { configOption, jsonOption, print, stageOption } from '../options.ts';
import { createProgress } from '../progress.ts';
import { formatTable } from '../table.ts';
import { openTarget, type Target, type TargetOptions } from '../target.ts';
import { formatSeconds, formatTime } from '../units.ts';

interface StatusOptions extends TargetOptions {
  readonly json: boolean;
}

const shownRuns = 20;

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('the last runs, the newest first')
    .addOption(stageOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  nightshift status --stage prod')
    .action(status);
}

async function status(options: StatusOptions): Promise<void> {
  const target = await openTarget(options, createProgress(options), { existing: true });
  try {
    Object.assign(process.env, target.environment);
    const records = await readRecords(target);
    print(options, records, () => describe(records));
  } finally {
    await target.stop();
  }
}

async function readRecords({ stage, config }: Target): Promise<RunRecord[]> {
  const s3 = s3Client(config.region);
  const bucket = resourceNames(stage, config).backupBucket;
  const found = [];
  for await (const object of listObjects(s3, { bucket, prefix: `${runsPrefix}/` })) found.push(object);
  const newest = found.sort((a, b) => b.lastModified.localeCompare(a.lastModified)).slice(0, shownRuns);
  const texts = await Promise.all(newest.map(({ key }) => readText(s3, { bucket, key })));
  return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as RunRecord);
}

function describe(records: readonly RunRecord[]): string {
  if (records.length === 0) return 'No run has been recorded yet.';
  const rows = records.map(({ job, database, slot, status: how, startedAt, endedAt, error }) => [
    how,
    job,
    database,
    slot,
    formatTime(startedAt),
    formatSeconds((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000),
    error?.message.split('\n')[0] ?? '',
  ]);
  return formatTable(['how', 'job', 'database', 'slot', 'started', 'took', 'why'], rows, ['took']);
}
