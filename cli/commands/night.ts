import { join } from 'node:path';
import type { Command } from 'commander';
import type { AuditArchiveReport } from '../../functions/audit-archive/report.ts';
import type { VerifyReport } from '../../functions/backup-verify/report.ts';
import type { MatviewRefreshReport } from '../../functions/matview-refresh/report.ts';
import type { RestoreDrillReport } from '../../functions/restore-drill/report.ts';
import type { SnapshotExportReport } from '../../functions/snapshot-export/report.ts';
import { withRefusedPolicy } from '../../infra/local/demo/refused-policy.ts';
import { stageFiles } from '../../infra/local/stage-files.ts';
import type { SlotResult } from '../../shared/job/run-slot.ts';
import { ringAlarm } from '../alarm-night.ts';
import { archivedFiles } from '../archived-files.ts';
import { changeOneTable } from '../change-one-table.ts';
import { exportedFiles } from '../exported-files.ts';
import { auditRowsOption, configOption, jsonOption, print } from '../options.ts';
import { describeFiles, type ParquetFile } from '../parquet-files.ts';
import { createProgress, type Progress } from '../progress.ts';
import { rescueFromAccident } from '../rescue.ts';
import { runWithProgress } from '../run-job.ts';
import { describeAlarmNight } from '../show-alarm.ts';
import { describeRescue } from '../show-rescue.ts';
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

async function night(options: NightOptions): Promise<void> {
  const progress = createProgress(options);
  const { AWS_ENDPOINT_URL: _, ...environment } = process.env;
  process.env = environment;
  const target = await openTarget({ ...options, stage: demoStage }, progress, { alarms: true });
  try {
    const backup = await twice<SnapshotExportReport>(target, 'snapshot-export', progress);
    const drill = await twice<RestoreDrillReport>(target, 'restore-drill', progress);
    await takeAutomatedSnapshots(target, progress);
    const checks = await twice<VerifyReport>(target, 'backup-verify', progress);
    const archive = await twice<AuditArchiveReport>(target, 'audit-archive', progress);
    const refused = await tryRefusedPolicy(target, progress);
    const views = await twice<MatviewRefreshReport>(target, 'matview-refresh', progress);
    const changed = await changeOneTable(target, progress);
    const alarmFunctions = startAlarmFunctions(target);
    const rescue = await rescueFromAccident(target, progress);
    await alarmFunctions.started();
    const alarm = await ringAlarm(target, progress);
    const files = await exportedFiles(target, backup.first);
    const archived = await archivedFiles(target, archive.first);
    const jobs = [backup, drill, checks, archive, views];
    print(options, { jobs, refused, changed, rescue, alarm, files, archivedFiles: archived }, () =>
      [
        describeTwice(backup, files),
        describeTwice(drill, []),
        describeTwice(checks, []),
        describeTwice(archive, archived),
        'With a policy for the append-only ledger as well, a dry run of audit-archive says:',
        describeResult('audit-archive', refused),
        describeTwice(views, []),
        'With a row more in one table, matview-refresh refreshes what that reaches, and nothing else:',
        describeResult('matview-refresh', changed.result),
        describeRescue(rescue),
        ...(alarm ? [describeAlarmNight(alarm)] : []),
      ].join('\n\n'),
    );
  } finally {
    await target.stop();
  }
}

/** While the rescue waits for RDS, which it mostly does, the machine has time to load them. */
function startAlarmFunctions({ local }: Target): { started(): Promise<void> } {
  const starting = local?.alarms?.start() ?? Promise.resolve();
  // Whoever waits for it hears of a failure; until then it is nobody's.
  starting.catch(() => undefined);
  return { started: () => starting };
}

/** What RDS does by itself each night. After the drill: Nightshift's own snapshot has counts to be held against. */
async function takeAutomatedSnapshots({ local, config }: Target, progress: Progress): Promise<void> {
  const instances = new Set(Object.values(config.databases).map(({ instance }) => instance));
  await progress.task('RDS takes its automated snapshot', async () => {
    for (const instance of instances) await local?.stack.rds.takeAutomatedSnapshot(instance);
  });
}

interface Twice<Report> {
  readonly job: string;
  readonly first: SlotResult<Report>;
  readonly second: SlotResult<Report>;
}

/** The scheduled event is delivered twice, as AWS may do it, and the work is done once. */
async function twice<Report>(target: Target, job: string, progress: Progress): Promise<Twice<Report>> {
  const event = scheduledEvent(target);
  const first = await runWithProgress<Report>(target, { job, event }, progress);
  const title = `${job}, the same event delivered again`;
  return { job, first, second: await runWithProgress<Report>(target, { job, event, title }, progress) };
}

function scheduledEvent({ config }: Target) {
  const [database] = Object.keys(config.databases);
  return { trigger: 'schedule', database, scheduledTime: new Date().toISOString() };
}

/** A run would fail by it, so that the demo only asks what would be done. */
async function tryRefusedPolicy(target: Target, progress: Progress): Promise<SlotResult<AuditArchiveReport>> {
  const { local, stage, config } = target;
  if (!local) throw new Error('The demo night works on the embedded stack alone.');
  const environment = await stageFiles({
    folder: join(local.stack.folder, 'refused-policy'),
    stage,
    config: withRefusedPolicy(config),
    certificatePem: local.stack.certificatePem,
  });
  const event = { ...scheduledEvent(target), dryRun: true };
  const title = 'audit-archive, a dry run with a policy for the append-only ledger';
  return runWithProgress(target, { job: 'audit-archive', event, title, environment }, progress);
}

function describeTwice({ job, first, second }: Twice<unknown>, files: readonly ParquetFile[]): string {
  const again =
    second.kind === 'done' && second.before
      ? 'The same event, delivered again, found the work done and made nothing.'
      : 'The same event, delivered again, did not find the work done: this should not be.';
  return [`═══ ${job}`, describeFiles(files), describeResult(job, first), again]
    .filter((part) => part !== '')
    .join('\n\n');
}
