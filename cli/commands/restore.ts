import type { Command } from 'commander';
import type { RestoreDrillReport } from '../../functions/restore-drill/report.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import { chooseDatabase } from '../choose-database.ts';
import { configOption, databaseOption, jsonOption, print, stageOption } from '../options.ts';
import { createProgress, type Progress } from '../progress.ts';
import { readFailedRun } from '../read-failed-run.ts';
import { type RestoreChoice, type RestoreEvent, requireOneBackup, restoreEvent } from '../restore-event.ts';
import { runWithProgress } from '../run-job.ts';
import { describeFailedRestore, describeRestoreReport } from '../show-restore.ts';
import { describeResult } from '../show-result.ts';
import { openTarget, type Target, type TargetOptions } from '../target.ts';
import { addRestoreExport } from './restore-export.ts';

interface RestoreOptions extends TargetOptions, RestoreChoice {
  readonly json: boolean;
  readonly database?: string;
}

const examples = `
Examples:
  nightshift restore latest --dry-run --stage prod
  nightshift restore --target-time 2026-01-02T03:04:05Z --stage prod
  nightshift restore rds:menotime-prod-2026-01-02-03-07 --instance menotime-prod-repaired --stage prod
  nightshift restore latest --verify-only --stage prod

Always to a new instance, never over the old one, with a snapshot of the source first. It works with your own AWS
credentials, from where the new instance can be reached, and asks what a drill asks. Exits 1 where a question
fails; the instance stays nonetheless. Ended halfway, the same command with the same --label goes on.`;

/** Answers the command, below which everything else stands that is brought back. */
export function addRestore(program: Command): void {
  const command = program
    .command('restore')
    .description('restore a backup to a new instance, and ask it whether all is there')
    .argument('[snapshot]', 'the name of a snapshot, or "latest"')
    .option('--target-time <time>', 'a moment in place of a snapshot, such as 2026-01-02T03:04:05Z')
    .option('--instance <name>', 'of the new instance (default: <source>-recovery-<yyyymmdd-hhmm>)')
    .option('--label <label>', 'names this restore (default: from the time)')
    .option('--dry-run', 'print the plan and change nothing', false)
    .option('--verify-only', 'ask the restored instance and delete it, as a drill does', false)
    .addOption(databaseOption())
    .addOption(stageOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', examples)
    // Commands below this one have options of the same names.
    .enablePositionalOptions()
    .action(restore);
  addRestoreExport(command);
}

async function restore(snapshot: string | undefined, options: RestoreOptions): Promise<void> {
  requireOneBackup(snapshot, options);
  const progress = createProgress(options);
  const target = await openTarget(options, progress, { existing: true });
  try {
    Object.assign(process.env, target.environment);
    const event = restoreEvent(drilledDatabase(target, options), snapshot, options, new Date());
    const end = await run(target, event, progress);
    print(options, end, () => describe(end));
    requireAnswer(end);
  } finally {
    await target.stop();
  }
}

function drilledDatabase({ config }: Target, { database }: RestoreOptions): string {
  const drilled = Object.keys(config.databases).filter((name) => config.databases[name]?.restoreDrill);
  return chooseDatabase(database, drilled);
}

async function run(target: Target, event: RestoreEvent, progress: Progress) {
  const { database, label, restore: what, dryRun } = event;
  const how = dryRun ? 'A dry run of restoring' : what.verifyOnly ? 'Restore and ask' : 'Restore';
  const title = `${how} ${what.targetTime ?? what.snapshot} of ${database}, label ${label}`;
  try {
    const order = { job: drillJobName, event, title };
    return await runWithProgress<RestoreDrillReport>(target, order, progress);
  } catch (error) {
    return await readFailedRun<RestoreDrillReport>(
      target,
      { job: drillJobName, database, slot: label },
      error,
    );
  }
}

type RestoreEnd = Awaited<ReturnType<typeof run>>;

function describe(end: RestoreEnd): string {
  return end.kind === 'failed' ? describeRestoreReport(end.record.report) : describeResult(drillJobName, end);
}

/** Throws where it was not restored, or where what was restored failed a question. */
function requireAnswer(end: RestoreEnd): void {
  if (end.kind === 'failed') throw new Error(describeFailedRestore(end.record.report));
  if (end.kind === 'already running') {
    throw new Error(
      `Nothing was restored: ${end.by} is at it under the same label. Wait for it, or choose another --label.`,
    );
  }
}
