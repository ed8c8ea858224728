import { partitionOf, type ResourceNames, resourceNames } from '../../shared/config/names.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import { findJobs } from '../build/jobs.ts';
import { readStage, type StageChoice } from '../build/stage.ts';
import { attribute, ref, type Value } from './cloudformation.ts';
import { executionSeconds } from './execution-time.ts';
import {
  archivedDatabases,
  type ExportedDatabase,
  exportedDatabases,
  isPipeJob,
  jobsInUse,
  knownJobs,
} from './job-databases.ts';

/** One stage's config, and what the template needs that follows from it. */
export interface Deployment {
  readonly stage: string;
  readonly config: StageConfig;
  readonly names: ResourceNames;
  /** Of the jobs that are deployed: those that a database of the stage has. */
  readonly functionNames: Readonly<Record<string, string>>;
  /** The same of the functions that an alarm passes through; none where the stage does not say where alarms go. */
  readonly pipeFunctionNames: Readonly<Record<string, string>>;
  /** What `serverless.yml` takes the queues, topics and tables of the pipe of alarms from. */
  readonly pipeFile: string;
  /** What `serverless.yml` takes a job's function and role from: files of nothing for one that is not deployed. */
  readonly files: Readonly<Record<string, { readonly function: string; readonly role: string }>>;
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
  const deployed = jobsInUse(config, jobs);
  if (deployed.length === 0) {
    throw new ConfigError(
      `The stage "${stage}" has no database with "snapshotExport" or another job: there is nothing to deploy. Add one to its "databases".`,
    );
  }
  const names = resourceNames(stage, config);
  const named = (jobs: readonly string[]) =>
    Object.fromEntries(jobs.map((job) => [job, names.functionName(job)]));
  return {
    stage,
    config,
    names,
    functionNames: named(deployed.filter((job) => !isPipeJob(job))),
    pipeFunctionNames: named(deployed.filter(isPipeJob)),
    pipeFile: config.alarms ? 'infra/aws/alarm-pipe.yml' : nothing,
    files: filesOf(deployed),
    executionSeconds: executionSeconds(config),
    objectLock: locksObjects(config) ? lockingBucket : plainBucket,
    keyArn: config.kmsKeyArn ?? attribute('BackupKey', 'Arn'),
    automatedSnapshots: adoptedPrefixes(config, exportedDatabases(config)),
  };
}

/** Whether a job is short, and started and watched as a function of its own; the others are durable executions. */
export function isPlain({ executionSeconds }: Deployment, job: string): boolean {
  return !Object.hasOwn(executionSeconds, job);
}

const nothing = 'infra/aws/nothing.yml';

function filesOf(deployed: readonly string[]): Deployment['files'] {
  return Object.fromEntries(
    [...new Set([...knownJobs, ...deployed])].map((job) => [
      job,
      deployed.includes(job)
        ? { function: `functions/${job}/function.yml`, role: `functions/${job}/role.yml` }
        : { function: nothing, role: nothing },
    ]),
  );
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

function locksObjects(config: StageConfig): boolean {
  const policies = archivedDatabases(config).flatMap(({ settings }) => settings.policies);
  return policies.some(({ to }) => to.kind === 's3' && to.objectLock !== undefined);
}

const lockingBucket = { enabled: true, configuration: { ObjectLockEnabled: 'Enabled' } };
const plainBucket = { enabled: ref('AWS::NoValue'), configuration: ref('AWS::NoValue') };
