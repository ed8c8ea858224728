import { partitionOf, type ResourceNames, resourceNames } from '../../shared/config/names.ts';
import type {
  AuditArchiveConfig,
  DatabaseConfig,
  SnapshotExportConfig,
  StageConfig,
} from '../../shared/config/schema.ts';
import { shiftsOf } from '../../shared/config/shifts.ts';
import { longestWaitHours } from '../../shared/config/waits.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import { findJobs } from '../build/jobs.ts';
import { readStage, type StageChoice } from '../build/stage.ts';
import { attribute, ref, type Value } from './cloudformation.ts';

/** One stage's config, and what the template needs that follows from it. */
export interface Deployment {
  readonly stage: string;
  readonly config: StageConfig;
  readonly names: ResourceNames;
  readonly functionNames: Readonly<Record<string, string>>;
  /** How long a durable execution of each job may take. */
  readonly executionSeconds: Readonly<Record<string, number>>;
  /** What makes the bucket one that can lock objects; it locks none by itself. */
  readonly objectLock: { readonly enabled: unknown; readonly configuration: unknown };
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
      'snapshot-export': Math.ceil(
        Math.max(...exported.map(({ settings }) => longestRunHours(settings))) * 3_600,
      ),
      'audit-archive': Math.max(
        ...archivedDatabases(config).map(({ settings }) => longestNightSeconds(settings)),
        shortestSeconds,
      ),
    },
    objectLock: locksObjects(config) ? lockingBucket : plainBucket,
    keyArn: config.kmsKeyArn ?? attribute('BackupKey', 'Arn'),
    automatedSnapshots: adoptedPrefixes(config, exported),
  };
}

/**
 * Of databases that adopt automated snapshots alone: for any other, the event would take the night's slot before the
 * schedule does. A pattern must not be empty, so that none is said by what no snapshot's name begins with.
 */
function adoptedPrefixes({ region, account }: StageConfig, exported: readonly ExportedDatabase[]) {
  const base = `arn:${partitionOf(region)}:rds:${region}:${account}:snapshot:rds:`;
  const adopting = exported.filter(({ settings }) => settings.adoptAutomatedHours > 0);
  // With the century of the date, so that the instance "shop" does not stand for "shop-staging" as well.
  const prefixes = adopting.map(({ instance }) => ({ prefix: `${base}${instance}-20` }));
  return prefixes.length > 0 ? prefixes : [{ prefix: `${base}-` }];
}

export interface ExportedDatabase {
  readonly database: string;
  readonly instance: string;
  readonly auth: DatabaseConfig['auth'];
  readonly settings: SnapshotExportConfig;
}

export function exportedDatabases(config: StageConfig): ExportedDatabase[] {
  return Object.entries(config.databases).flatMap(([database, { instance, auth, snapshotExport }]) =>
    snapshotExport ? [{ database, instance, auth, settings: snapshotExport }] : [],
  );
}

/** For counting rows, reading footers and pruning, beside all waiting. */
const ownWorkHours = 2;

/** The longest that a run of snapshot-export may take: all the waiting that the config allows, and its own work. */
export function longestRunHours(settings: SnapshotExportConfig): number {
  return longestWaitHours(settings) + ownWorkHours;
}

export interface ArchivedDatabase {
  readonly database: string;
  readonly instance: string;
  readonly auth: DatabaseConfig['auth'];
  readonly settings: AuditArchiveConfig;
}

export function archivedDatabases(config: StageConfig): ArchivedDatabase[] {
  return Object.entries(config.databases).flatMap(([database, { instance, auth, auditArchive }]) =>
    auditArchive ? [{ database, instance, auth, settings: auditArchive }] : [],
  );
}

/** Of a function whose job no database of the stage has: a template takes no 0. */
const shortestSeconds = 60;

/** The longest that a shift may take: its invocation, and the rest after it. */
const shiftSeconds = 960;
/** For facts, sweeping, locking and telling. */
const aroundSeconds = 7_200;

/** The longest that a run of audit-archive may take. */
export function longestNightSeconds(settings: AuditArchiveConfig): number {
  return shiftsOf(settings) * shiftSeconds + aroundSeconds;
}

function locksObjects(config: StageConfig): boolean {
  const policies = archivedDatabases(config).flatMap(({ settings }) => settings.policies);
  return policies.some(({ to }) => to.kind === 's3' && to.objectLock !== undefined);
}

const lockingBucket = { enabled: true, configuration: { ObjectLockEnabled: 'Enabled' } };
const plainBucket = { enabled: ref('AWS::NoValue'), configuration: ref('AWS::NoValue') };
