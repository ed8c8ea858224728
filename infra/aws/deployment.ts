import { partitionOf, type ResourceNames, resourceNames } from '../../shared/config/names.ts';
import type { SnapshotExportConfig, StageConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import { findJobs } from '../build/jobs.ts';
import { readStage, type StageChoice } from '../build/stage.ts';
import { attribute, type Value } from './cloudformation.ts';

/** One stage's config, and what the template needs that follows from it. */
export interface Deployment {
  readonly stage: string;
  readonly config: StageConfig;
  readonly names: ResourceNames;
  readonly functionNames: Readonly<Record<string, string>>;
  /** How long a durable execution of each job may take. */
  readonly executionSeconds: Readonly<Record<string, number>>;
  /** Days after which an export expires in the bucket. */
  readonly exportDays: number;
  readonly keyArn: Value;
  /** What the `resources` of an event about an automated snapshot begin with. */
  readonly automatedSnapshots: readonly { readonly prefix: string }[];
}

/** Reads a stage as the template needs it. Throws ConfigError for a config that cannot be deployed. */
export async function readDeployment(choice: StageChoice, projectRoot = process.cwd()): Promise<Deployment> {
  const config = await readStage(choice);
  return describeDeployment(choice.stage, config, await findJobs(projectRoot));
}

export function describeDeployment(stage: string, config: StageConfig, jobs: readonly string[]): Deployment {
  const exported = exportedDatabases(config);
  if (exported.length === 0) {
    throw new ConfigError(
      `The stage "${stage}" has no database with "snapshotExport": there is nothing to deploy. Add one to its "databases".`,
    );
  }
  const names = resourceNames(stage, config);
  return {
    stage,
    config,
    names,
    functionNames: Object.fromEntries(jobs.map((job) => [job, names.functionName(job)])),
    executionSeconds: {
      'snapshot-export': Math.max(...exported.map(({ settings }) => exportSeconds(settings))),
    },
    exportDays: Math.max(...exported.map(({ settings }) => settings.retention.exportDays)),
    keyArn: config.kmsKeyArn ?? attribute('BackupKey', 'Arn'),
    automatedSnapshots: exported.map(({ instance }) => ({
      prefix: automatedSnapshotPrefix(config, instance),
    })),
  };
}

/** With the century of the date, so that the instance "shop" does not stand for "shop-staging" as well. */
function automatedSnapshotPrefix({ region, account }: StageConfig, instance: string): string {
  return `arn:${partitionOf(region)}:rds:${region}:${account}:snapshot:rds:${instance}-20`;
}

export interface ExportedDatabase {
  readonly database: string;
  readonly instance: string;
  readonly settings: SnapshotExportConfig;
}

export function exportedDatabases(config: StageConfig): ExportedDatabase[] {
  return Object.entries(config.databases).flatMap(([database, { instance, snapshotExport }]) =>
    snapshotExport ? [{ database, instance, settings: snapshotExport }] : [],
  );
}

/** An hour of own work for counting, proving and pruning comes on top of all the waiting that the config allows. */
function exportSeconds({ patience }: SnapshotExportConfig): number {
  const { instanceMinutes, snapshotHours, placeHours, exportHours, copyHours } = patience;
  return Math.ceil(instanceMinutes * 60 + (snapshotHours + placeHours + exportHours + copyHours + 1) * 3_600);
}
