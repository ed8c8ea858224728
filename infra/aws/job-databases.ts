import type { DatabaseConfig, StageConfig } from '../../shared/config/schema.ts';

/** Where each job's settings stand in a database's config; the reaper tidies up after drills, and has none of its own. */
const settingsOfJob = {
  'snapshot-export': 'snapshotExport',
  'audit-archive': 'auditArchive',
  'backup-verify': 'backupVerify',
  'restore-drill': 'restoreDrill',
  'drill-reaper': 'restoreDrill',
  'matview-refresh': 'matviewRefresh',
  'db-maintenance': 'dbMaintenance',
} as const satisfies Record<string, keyof DatabaseConfig>;

/** The functions that an alarm passes through on its way to people: of a stage that says where alarms go. */
export const pipeJobs = ['alarm-context', 'alarm-delivery', 'alarm-fanout', 'alarm-intake'] as const;
export type PipeJob = (typeof pipeJobs)[number];

export const isPipeJob = (job: string): job is PipeJob => pipeJobs.some((one) => one === job);

export const knownJobs: readonly string[] = [...Object.keys(settingsOfJob), ...pipeJobs];

type SettingsKey = (typeof settingsOfJob)[keyof typeof settingsOfJob];

/** One database's part in one job. */
export interface JobDatabase<Key extends SettingsKey> {
  readonly database: string;
  readonly instance: string;
  readonly auth: DatabaseConfig['auth'];
  readonly settings: NonNullable<DatabaseConfig[Key]>;
}

function databasesWith<Key extends SettingsKey>(config: StageConfig, key: Key): JobDatabase<Key>[] {
  return Object.entries(config.databases).flatMap(([database, found]) => {
    const { instance, auth, [key]: settings } = found;
    return settings ? [{ database, instance, auth, settings }] : [];
  });
}

export const exportedDatabases = (config: StageConfig) => databasesWith(config, 'snapshotExport');
export const archivedDatabases = (config: StageConfig) => databasesWith(config, 'auditArchive');
export const verifiedDatabases = (config: StageConfig) => databasesWith(config, 'backupVerify');
export const drilledDatabases = (config: StageConfig) => databasesWith(config, 'restoreDrill');

export const refreshedDatabases = (config: StageConfig) => databasesWith(config, 'matviewRefresh');
export const maintainedDatabases = (config: StageConfig) => databasesWith(config, 'dbMaintenance');

export type ExportedDatabase = JobDatabase<'snapshotExport'>;
export type ArchivedDatabase = JobDatabase<'auditArchive'>;
export type VerifiedDatabase = JobDatabase<'backupVerify'>;
export type DrilledDatabase = JobDatabase<'restoreDrill'>;
export type RefreshedDatabase = JobDatabase<'matviewRefresh'>;
export type MaintainedDatabase = JobDatabase<'dbMaintenance'>;

/** Those of the project's jobs that the stage or a database of it has; the others are left out of the stage. */
export function jobsInUse(config: StageConfig, jobs: readonly string[]): string[] {
  const keys = new Map<string, SettingsKey>(Object.entries(settingsOfJob));
  return jobs.filter((job) => {
    if (isPipeJob(job)) return isPipeJobInUse(config, job);
    const key = keys.get(job);
    return key === undefined || databasesWith(config, key).length > 0;
  });
}

function isPipeJobInUse({ alarms }: StageConfig, job: PipeJob): boolean {
  if (alarms === undefined) return false;
  // It may sign in to databases: where nobody asks for what they do, nothing may.
  return job !== 'alarm-context' || (alarms.context.database && alarms.context.withinMs > 0);
}

/** The regions that databases keep copies of their snapshots in. */
export function copyRegions(config: StageConfig): string[] {
  const regions = exportedDatabases(config).flatMap(({ settings }) => settings.copyTo?.region ?? []);
  return [...new Set(regions)];
}
