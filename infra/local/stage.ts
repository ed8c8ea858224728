import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type ResourceNames, resourceNames } from '../../shared/config/names.ts';
import type { DatabaseConfig, StageConfig } from '../../shared/config/schema.ts';
import { describeDeployment } from '../aws/deployment.ts';
import { findJobs } from '../build/jobs.ts';
import { alarmTables, createAlarmPipe } from './aws/alarm-pipe.ts';
import { type SeedOptions, seedDemo } from './demo/seed.ts';
import { stageRules } from './events/stage-rules.ts';
import type { PostgresMajor } from './postgres/binaries.ts';
import type { CreatedInstance, InstanceTemplate } from './rds/instances/create.ts';
import { type LocalStack, type StackOptions, startStack } from './stack.ts';
import { stageFiles } from './stage-files.ts';

export interface LocalStageOptions
  extends Pick<StackOptions, 'port' | 's3Folder' | 'delays' | 'quotas' | 'deliver'> {
  readonly stage: string;
  readonly config: StageConfig;
  readonly postgresMajor?: PostgresMajor;
  /** A cluster to start every instance from, instead of an empty one: seeded, with the role's password in it. */
  readonly template?: StageTemplate;
}

export interface StageTemplate extends InstanceTemplate {
  readonly jobPassword: string;
}

/** The embedded stack with all that one stage's template would create, and an instance for each of its databases. */
export interface LocalStage {
  readonly stack: LocalStack;
  readonly names: ResourceNames;
  readonly config: StageConfig;
  /** What a job's process needs: the stack's own environment, and the files that the build lays beside a bundle. */
  readonly environment: Readonly<Record<string, string>>;
  readonly databases: readonly LocalDatabase[];
  stop(): Promise<void>;
}

export interface LocalDatabase {
  readonly name: string;
  readonly instance: CreatedInstance;
  readonly jobPassword: string;
  /** Fills the database with the demo's tables, and makes the role that the jobs sign in as. */
  seed(options?: Pick<SeedOptions, 'auditRows' | 'patients' | 'scenarioStep' | 'onProgress'>): Promise<void>;
}

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Starts a stage on this machine. When a part fails to start, the others are ended before this rejects. */
export async function startLocalStage(options: LocalStageOptions): Promise<LocalStage> {
  const { stage, config } = options;
  const names = resourceNames(stage, config);
  const stack = await startStack({
    ...stackOptions(options),
    rules: await stageRules(describeDeployment(stage, config, await findJobs(projectRoot)), projectRoot),
    regions: regionsOf(config),
    buckets: [{ name: names.backupBucket, region: config.region }],
    topics: [{ name: names.alertTopic, region: config.region }],
    tables: [claimsTable(names.claimsTable), ...(config.alarms ? alarmTables(names) : [])],
  });
  try {
    if (config.alarms) {
      const { endpoint } = stack;
      await createAlarmPipe({ names, alarms: config.alarms, region: config.region, endpoint });
    }
    const databases = await Promise.all(
      Object.entries(config.databases).map(([name, database]) =>
        startDatabase(stack, options, name, database),
      ),
    );
    const files = await stageFiles({
      folder: stack.folder,
      stage,
      config,
      certificatePem: stack.certificatePem,
    });
    return {
      stack,
      names,
      config,
      databases,
      environment: { ...stack.environment, ...files },
      stop: () => stack.stop(),
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function stackOptions({ port, s3Folder, delays, quotas, deliver }: LocalStageOptions): StackOptions {
  return Object.fromEntries(
    Object.entries({ port, s3Folder, delays, quotas, deliver }).filter(([, value]) => value !== undefined),
  );
}

function regionsOf(config: StageConfig): string[] {
  const second = Object.values(config.databases).flatMap(
    ({ snapshotExport }) => snapshotExport?.copyTo?.region ?? [],
  );
  return [...new Set([config.region, ...second])];
}

function claimsTable(TableName: string) {
  return {
    TableName,
    KeySchema: [{ AttributeName: 'claim', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'claim', AttributeType: 'S' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
}

async function startDatabase(
  stack: LocalStack,
  { config, template, postgresMajor = 15 }: LocalStageOptions,
  name: string,
  database: DatabaseConfig,
): Promise<LocalDatabase> {
  const jobPassword = template?.jobPassword ?? randomBytes(24).toString('base64url');
  const instance = await stack.rds.createInstance({
    identifier: database.instance,
    region: config.region,
    engineVersion: String(postgresMajor),
    masterUsername: 'postgres',
    masterPassword: randomBytes(24).toString('base64url'),
    databaseName: database.databaseName,
    allocatedStorageGiB: 20,
    backupRetentionDays: 7,
    ...(template ? { template } : {}),
  });
  if (database.auth.kind === 'secret') {
    const value = JSON.stringify({ username: 'nightshift', password: jobPassword });
    stack.secrets.put({ name: database.auth.secretId, value, region: config.region });
  }
  const connection = { ...instance.adminConnection, database: database.databaseName };
  return {
    name,
    instance,
    jobPassword,
    seed: (options = {}) => seedDemo({ connection, passwords: { nightshift: jobPassword }, ...options }),
  };
}
