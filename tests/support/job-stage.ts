import { type JobRun, runJob } from '../../cli/job-process.ts';
import type { SnapshotExportReport } from '../../functions/snapshot-export/report.ts';
import { readStage } from '../../infra/build/stage.ts';
import { type LocalStage, type LocalStageOptions, startLocalStage } from '../../infra/local/stage.ts';
import { parseConfig } from '../../shared/config/define.ts';
import type { SnapshotExportConfig, StageConfig } from '../../shared/config/schema.ts';
import type { SlotResult } from '../../shared/job/run-slot.ts';
import { demoTemplate } from './demo-template.ts';
import { localClients } from './local-clients.ts';

export type SnapshotExportResult = SlotResult<SnapshotExportReport>;

export interface JobStageOptions extends Partial<Omit<LocalStageOptions, 'config' | 'stage'>> {
  /** Changes to the demo's part for snapshot-export. */
  readonly settings?: Partial<SnapshotExportConfig>;
}

/** The demo stage as tests use it: a small database, and states that last no longer than they must. */
export async function startJobStage({ settings = {}, ...options }: JobStageOptions = {}) {
  const config = withSettings(
    await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' }),
    settings,
  );
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
    template: await demoTemplate(),
    delays: noDelays,
    ...options,
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
      return runSnapshotExport(stage, event, { ...extra, signal });
    },
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

function runSnapshotExport(
  stage: LocalStage,
  event: unknown,
  extra: Partial<JobRun>,
): Promise<SnapshotExportResult> {
  return runJob<SnapshotExportResult>({
    job: 'snapshot-export',
    functionName: stage.names.functionName('snapshot-export'),
    event,
    environment: stage.environment,
    onLog: () => undefined,
    ...extra,
  });
}

function withSettings(config: StageConfig, settings: Partial<SnapshotExportConfig>): StageConfig {
  const [name = ''] = Object.keys(config.databases);
  const database = config.databases[name];
  const changed = { ...database, snapshotExport: { ...database?.snapshotExport, ...settings } };
  const whole = { stages: { demo: { ...config, databases: { [name]: changed } } } };
  return parseConfig(whole, 'the changed demo config').stages.demo ?? config;
}

/** The event that Scheduler sends for a night. */
export function scheduled(night: string) {
  return { trigger: 'schedule', database: 'menotime', scheduledTime: `${night}T03:30:00Z` };
}
