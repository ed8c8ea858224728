import type { Command } from 'commander';
import type { VerifyReport } from '../../functions/backup-verify/report.ts';
import type { SlotResult } from '../../shared/job/run-slot.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { chooseDatabase } from '../choose-database.ts';
import { openExports } from '../export-context.ts';
import { print } from '../options.ts';
import { createProgress, type Progress } from '../progress.ts';
import { runWithProgress } from '../run-job.ts';
import { describeResult } from '../show-result.ts';
import { openTarget, type Target, type TargetOptions } from '../target.ts';
import { verifyContents } from '../verify-contents.ts';

interface VerifyOptions extends TargetOptions {
  readonly json: boolean;
  readonly database?: string;
  readonly label?: string;
  readonly dryRun: boolean;
  readonly full: boolean;
}

const job = 'backup-verify';

export function addBackupVerify(backup: Command): Command {
  return backup
    .command('verify')
    .description("today's checks: can it be restored, to when, and how is that known")
    .option('--label <label>', 'names this run (default: from the time)')
    .option('--full', 'read the last export as well: every byte and every value', false)
    .option('--dry-run', 'check all the same, and record and tell nothing', false)
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift backup verify --stage prod\n  nightshift backup verify --full\n  nightshift backup verify --json | jq .record.report.verdict\n\nIt works with your own AWS credentials, from where the database can be reached, restores nothing and changes\nnothing. Exits 1 where a check fails.',
    )
    .action(verify);
}

async function verify(options: VerifyOptions): Promise<void> {
  const progress = createProgress(options);
  const target = await openTarget(options, progress, { existing: true });
  try {
    const { databases } = target.config;
    const verified = Object.keys(databases).filter((name) => databases[name]?.backupVerify);
    const database = chooseDatabase(options.database, verified);
    const label = options.label ?? labelAt(new Date());
    const event = { database, label, ...(options.dryRun ? { dryRun: true } : {}) };
    const title = `Check the backups of ${database}`;
    const result = await runWithProgress<VerifyReport>(target, { job, event, title }, progress);
    const contents = options.full ? await readExport(target, database, progress) : [];
    print(options, options.full ? { ...result, contents } : result, () =>
      [describeResult(job, result), ...contents.map(describeFinding)].join('\n\n'),
    );
    requireVerdict(result, contents);
  } finally {
    await target.stop();
  }
}

function readExport(target: Target, database: string, progress: Progress): Promise<Finding[]> {
  Object.assign(process.env, target.environment);
  return verifyContents(openExports(target, database, progress));
}

function describeFinding({ check, status, fact, advice }: Finding): string {
  return `${status === 'fail' ? 'FAIL' : status}  ${check}: ${fact}${advice === null ? '' : `\n  ${advice}`}`;
}

/** `verify-20260102-030405` */
function labelAt(now: Date): string {
  return `verify-${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}`;
}

/** Throws where nothing was checked, or where a check has failed. */
function requireVerdict(result: SlotResult<VerifyReport>, contents: readonly Finding[]): void {
  if (result.kind === 'already running') {
    throw new Error(
      `Nothing was checked: ${result.by} is at it under the same label. Choose another --label.`,
    );
  }
  const report = result.kind === 'planned' ? result.report : result.record.report;
  const failed = [...(report?.findings ?? []), ...contents].filter(({ status }) => status === 'fail').length;
  if (report?.verdict.ok && failed === 0) return;
  throw new Error(
    `${failed === 1 ? '1 check' : `${failed} checks`} failed. docs/runbooks/backup-verify.md says what to do about each.`,
  );
}
