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

export const knownJobs: readonly string[] = Object.keys(settingsOfJob);

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

/** Those of the project's jobs that a database of the stage has; the others are left out of the stage. */
export function jobsInUse(config: StageConfig, jobs: readonly string[]): string[] {
  const keys = new Map<string, SettingsKey>(Object.entries(settingsOfJob));
  return jobs.filter((job) => {
    const key = keys.get(job);
    return key === undefined || databasesWith(config, key).length > 0;
  });
}

/** The regions that databases keep copies of their snapshots in. */
export function copyRegions(config: StageConfig): string[] {
  const regions = exportedDatabases(config).flatMap(({ settings }) => settings.copyTo?.region ?? []);
  return [...new Set(regions)];
}
