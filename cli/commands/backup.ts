import type { Command } from 'commander';
import { carryOut } from '../../functions/snapshot-export/delete-outlived.ts';
import { deleteEach, type Pruning, planPruning, requireAll } from '../../functions/snapshot-export/prune.ts';
import type { PruneAction } from '../../functions/snapshot-export/retention.ts';
import { type BackupContext, backupContext } from '../backup-context.ts';
import { chooseDatabase } from '../choose-database.ts';
import { type ListedBackup, listBackups } from '../list-backups.ts';
import { configOption, databaseOption, jsonOption, print, stageOption } from '../options.ts';
import { createProgress } from '../progress.ts';
import { runWithProgress } from '../run-job.ts';
import { describeResult } from '../show-result.ts';
import { formatTable } from '../table.ts';
import { openTarget, type TargetOptions } from '../target.ts';
import { formatTime } from '../units.ts';
import { addBackupQuery } from './backup-query.ts';
import { addBackupVerify } from './backup-verify.ts';
import { invokeDeployed } from './invoke.ts';

interface BackupOptions extends TargetOptions {
  readonly json: boolean;
  readonly database?: string;
}

interface NowOptions extends BackupOptions {
  readonly label?: string;
  readonly tables?: string[];
  readonly skipExport: boolean;
  readonly dryRun: boolean;
}

interface CleanupOptions extends BackupOptions {
  readonly dryRun: boolean;
}

export function addBackup(program: Command): void {
  const backup = program
    .command('backup')
    .description('ad-hoc backups, and what there is of them')
    .addHelpText('after', '\nExample:\n  nightshift backup now --label pre-v1.2.3 --stage prod');
  const common = (command: Command) =>
    command
      .addOption(databaseOption())
      .addOption(stageOption())
      .addOption(configOption())
      .addOption(jsonOption())
      .exitOverride();
  common(backup.command('now').description('take a snapshot now, export it and prove the export'))
    .option('--label <label>', 'names the backup, which is then kept until it is deleted by hand')
    .option('--tables <names...>', 'export only these, each schema.table (with --label)')
    .option('--skip-export', 'a snapshot alone (with --label)', false)
    .option('--dry-run', 'print the plan and change nothing', false)
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift backup now --label pre-v1.2.3 --stage prod\n  nightshift backup now --label patients --tables public.patients public.clinical_notes',
    )
    .action(now);
  common(backup.command('list').description('snapshots, copies and exports, the newest first'))
    .addHelpText(
      'after',
      '\nExample:\n  nightshift backup list --stage prod\n\nCopies are looked for in the region that "copyTo" names now, and in no other.',
    )
    .action(list);
  common(backup.command('cleanup').description('delete what has outlived its retention, and nothing else'))
    .option('--dry-run', 'print what would be deleted', false)
    .addHelpText('after', '\nExample:\n  nightshift backup cleanup --dry-run --stage prod')
    .action(cleanup);
  common(addBackupVerify(backup));
  common(addBackupQuery(backup));
}

async function now(options: NowOptions): Promise<void> {
  const progress = createProgress(options);
  const target = await openTarget(options, progress);
  try {
    const event = {
      database: chooseDatabase(options.database, Object.keys(target.config.databases)),
      ...(options.label === undefined ? {} : { label: options.label }),
      ...(options.tables ? { tables: options.tables } : {}),
      ...(options.skipExport ? { skipExport: true } : {}),
      ...(options.dryRun ? { dryRun: true } : {}),
    };
    if (target.kind === 'aws' && !options.dryRun) {
      const started = await invokeDeployed({
        ...options,
        stage: target.stage,
        job: 'snapshot-export',
        event,
      });
      print(
        options,
        started,
        () => `Started ${started.functionName}. See how it goes: nightshift status --stage ${target.stage}`,
      );
      return;
    }
    const result = await runWithProgress(target, { job: 'snapshot-export', event }, progress);
    print(options, result, () => describeResult('snapshot-export', result));
  } finally {
    await target.stop();
  }
}

async function list(options: BackupOptions): Promise<void> {
  await withBackups(options, async (context) => {
    const backups = await listBackups(context);
    print(options, backups, () => describeBackups(backups));
  });
}

function describeBackups(backups: readonly ListedBackup[]): string {
  if (backups.length === 0) return 'There is no backup.';
  return formatTable(
    ['what', 'name', 'begun', 'state', 'region', 'whose'],
    backups.map(({ what, name, begun, state, region, whose }) => [
      what,
      name,
      formatTime(begun),
      state,
      region,
      whose,
    ]),
  );
}

async function cleanup(options: CleanupOptions): Promise<void> {
  await withBackups(options, async (context) => {
    const actions = await planPruning(context);
    if (options.dryRun) {
      print(options, { dryRun: true, actions }, () => describeActions('would be deleted', actions));
      return;
    }
    const progress = createProgress(options);
    const pruning = await deleteEach(actions, (action) =>
      progress.task(`${action.kind} ${action.target}`, () => carryOut(context, action)),
    );
    print(options, { dryRun: false, actions, ...pruning }, () => describePruning(pruning));
    requireAll(actions, pruning.failures);
  });
}

function describePruning({ deleted, left }: Pruning): string {
  const kept = left.map(({ target, why }) => `${target} was left: ${why}.`);
  return [describeActions('deleted', deleted), ...kept].join('\n');
}

function describeActions(done: string, actions: readonly PruneAction[]): string {
  if (actions.length === 0) return 'Nothing has outlived its retention.';
  return formatTable(
    [done, 'which', 'why'],
    actions.map(({ kind, target, reason }) => [kind.replace('delete ', ''), target, reason]),
  );
}

async function withBackups(
  options: BackupOptions,
  work: (context: BackupContext) => Promise<void>,
): Promise<void> {
  const target = await openTarget(options, createProgress(options), { existing: true });
  try {
    Object.assign(process.env, target.environment);
    await work(backupContext(target, chooseDatabase(options.database, Object.keys(target.config.databases))));
  } finally {
    await target.stop();
  }
}
