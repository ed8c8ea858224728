import { type JobRun, runJob } from '../../cli/job-process.ts';
import type { AuditArchiveReport } from '../../functions/audit-archive/report.ts';
import type { VerifyReport } from '../../functions/backup-verify/report.ts';
import type { ReapReport } from '../../functions/drill-reaper/report.ts';
import type { MatviewRefreshReport } from '../../functions/matview-refresh/report.ts';
import type { RestoreDrillReport } from '../../functions/restore-drill/report.ts';
import type { SnapshotExportReport } from '../../functions/snapshot-export/report.ts';
import { readStage } from '../../infra/build/stage.ts';
import { type LocalStage, type LocalStageOptions, startLocalStage } from '../../infra/local/stage.ts';
import { parseConfig } from '../../shared/config/define.ts';
import type {
  AuditArchiveConfig,
  BackupVerifyConfig,
  MatviewRefreshConfig,
  RestoreDrillConfig,
  SnapshotExportConfig,
  StageConfig,
} from '../../shared/config/schema.ts';
import type { PlainResult } from '../../shared/job/plain-job.ts';
import type { SlotResult } from '../../shared/job/run-slot.ts';
import { demoTemplate } from './demo-template.ts';
import { localClients } from './local-clients.ts';

export type SnapshotExportResult = SlotResult<SnapshotExportReport>;
export type AuditArchiveResult = SlotResult<AuditArchiveReport>;
export type BackupVerifyResult = SlotResult<VerifyReport>;
export type RestoreDrillResult = SlotResult<RestoreDrillReport>;
export type MatviewRefreshResult = SlotResult<MatviewRefreshReport>;
export type DrillReaperResult = PlainResult<ReapReport>;

export interface JobStageOptions extends Partial<Omit<LocalStageOptions, 'config' | 'stage'>> {
  /** Changes to the demo's part for snapshot-export. */
  readonly settings?: Partial<SnapshotExportConfig>;
  /** Changes to its part for audit-archive. */
  readonly archiving?: Partial<AuditArchiveConfig>;
  /** Changes to its part for restore-drill. */
  readonly drilling?: Partial<RestoreDrillConfig>;
  /** Changes to its part for backup-verify. */
  readonly verifying?: Partial<BackupVerifyConfig>;
  /** Changes to its part for matview-refresh. */
  readonly refreshing?: Partial<MatviewRefreshConfig>;
}

/** The demo stage as tests use it: a small database, and states that last no longer than they must. */
export async function startJobStage({
  settings = {},
  archiving = {},
  drilling = {},
  verifying = {},
  refreshing = {},
  ...options
}: JobStageOptions = {}) {
  const config = withSettings(await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' }), {
    snapshotExport: settings,
    auditArchive: archiving,
    restoreDrill: drilling,
    backupVerify: verifying,
    matviewRefresh: refreshing,
  });
  const noDelays = {
    snapshotCreating: 0,
    exportStarting: 0,
    exportRunning: 0,
    copying: 0,
    restoring: 0,
    deleting: 0,
  };
  const stage = await startLocalStage({
    stage: 'demo',
    config,
    delays: noDelays,
    ...options,
    // Where it is given, an empty database is what undefined stands for.
    template: 'template' in options ? options.template : await demoTemplate(),
  });
  const clients = localClients({ endpoint: stage.stack.endpoint });
  const second = localClients({ endpoint: stage.stack.endpoint, region: 'us-east-1' });
  const ended = new AbortController();
  return {
    ...stage,
    clients,
    second,
    run: (event: unknown, extra: Partial<JobRun> = {}) => {
      const signal = AbortSignal.any([ended.signal, ...(extra.signal ? [extra.signal] : [])]);
      return runStageJob<SnapshotExportResult>(stage, 'snapshot-export', event, { ...extra, signal });
    },
    archive: (event: unknown, extra: Partial<JobRun> = {}) => {
      const signal = AbortSignal.any([ended.signal, ...(extra.signal ? [extra.signal] : [])]);
      return runStageJob<AuditArchiveResult>(stage, 'audit-archive', event, { ...extra, signal });
    },
    drill: (event: unknown, extra: Partial<JobRun> = {}) => {
      const signal = AbortSignal.any([ended.signal, ...(extra.signal ? [extra.signal] : [])]);
      return runStageJob<RestoreDrillResult>(stage, 'restore-drill', event, { ...extra, signal });
    },
    verify: (event: unknown, extra: Partial<JobRun> = {}) => {
      const signal = AbortSignal.any([ended.signal, ...(extra.signal ? [extra.signal] : [])]);
      return runStageJob<BackupVerifyResult>(stage, 'backup-verify', event, { ...extra, signal });
    },
    refresh: (event: unknown, extra: Partial<JobRun> = {}) => {
      const signal = AbortSignal.any([ended.signal, ...(extra.signal ? [extra.signal] : [])]);
      return runStageJob<MatviewRefreshResult>(stage, 'matview-refresh', event, { ...extra, signal });
    },
    reap: (event: unknown) =>
      runStageJob<DrillReaperResult>(stage, 'drill-reaper', event, { signal: ended.signal }),
    stop: async () => {
      // A run that a test has given up on must not go on without its stage.
      ended.abort();
      clients.destroyAll();
      second.destroyAll();
      await stage.stop();
    },
  };
}

export type JobStage = Awaited<ReturnType<typeof startJobStage>>;

function runStageJob<Result>(
  stage: LocalStage,
  job: string,
  event: unknown,
  extra: Partial<JobRun>,
): Promise<Result> {
  return runJob<Result>({
    job,
    functionName: stage.names.functionName(job),
    event,
    environment: stage.environment,
    onLog: () => undefined,
    ...extra,
  });
}

interface Changes {
  readonly snapshotExport: Partial<SnapshotExportConfig>;
  readonly auditArchive: Partial<AuditArchiveConfig>;
  readonly restoreDrill: Partial<RestoreDrillConfig>;
  readonly backupVerify: Partial<BackupVerifyConfig>;
  readonly matviewRefresh: Partial<MatviewRefreshConfig>;
}

function withSettings(
  config: StageConfig,
  { snapshotExport, auditArchive, restoreDrill, backupVerify, matviewRefresh }: Changes,
): StageConfig {
  const [name = ''] = Object.keys(config.databases);
  const database = config.databases[name];
  const changed = {
    ...database,
    snapshotExport: { ...database?.snapshotExport, ...snapshotExport },
    auditArchive: { ...database?.auditArchive, ...auditArchive },
    restoreDrill: { ...database?.restoreDrill, ...restoreDrill },
    backupVerify: { ...database?.backupVerify, ...backupVerify },
    matviewRefresh: { ...database?.matviewRefresh, ...matviewRefresh },
  };
  const whole = { stages: { demo: { ...config, databases: { [name]: changed } } } };
  return parseConfig(whole, 'the changed demo config').stages.demo ?? config;
}

/** The event that Scheduler sends for a night. */
export function scheduled(night: string) {
  return { trigger: 'schedule', database: 'menotime', scheduledTime: `${night}T03:30:00Z` };
}
