import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { ResourceNames } from '../../shared/config/names.ts';
import type { DatabaseConfig, StageConfig } from '../../shared/config/schema.ts';
import { type Deployment, describeDeployment } from '../aws/deployment.ts';
import { findJobs } from '../build/jobs.ts';
import { alarmQueueRules, deliverToAlarmQueue } from './alarms/alarm-bus.ts';
import { type LocalAlarms, localAlarms } from './alarms/local-alarms.ts';
import { type SinkMessage, type SinkServer, startSinkServer } from './alarms/sink-server.ts';
import { alarmTables, createAlarmPipe } from './aws/alarm-pipe.ts';
import { claimsTable } from './aws/claims-table.ts';
import { type SeedOptions, seedDemo } from './demo/seed.ts';
import { stageRules } from './events/stage-rules.ts';
import type { PostgresMajor } from './postgres/binaries.ts';
import type { CreatedInstance, InstanceTemplate } from './rds/instances/create.ts';
import { type LocalStack, type StackOptions, startStack } from './stack.ts';
import { stageFiles } from './stage-files.ts';
import { Teardown } from './teardown.ts';

export interface LocalStageOptions
  extends Pick<StackOptions, 'port' | 's3Folder' | 'delays' | 'quotas' | 'deliver'> {
  readonly stage: string;
  readonly config: StageConfig;
  readonly postgresMajor?: PostgresMajor;
  /** A cluster to start every instance from, instead of an empty one: seeded, with the role's password in it. */
  readonly template?: StageTemplate;
  /** Left out, alarms lie on the queue that the stage's config makes, and nobody takes them. */
  readonly alarms?: StageAlarmOptions;
}

export interface StageAlarmOptions {
  /** Told of each message as a sink takes it. */
  readonly onMessage?: (message: SinkMessage) => void;
  /** Told of each line that the functions of the way log. */
  readonly onLog?: (line: string) => void;
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
  /** Where it was asked for and the config says where alarms go. */
  readonly alarms?: LocalAlarms;
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
  const teardown = new Teardown();
  try {
    return await startParts(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function startParts(options: LocalStageOptions, teardown: Teardown): Promise<LocalStage> {
  const sinks = await startSinks(options, teardown);
  const { stage } = options;
  const config = sinks?.redirect(options.config) ?? options.config;
  const deployment = describeDeployment(stage, config, await findJobs(projectRoot));
  const { names } = deployment;
  const stack = await startStack({
    ...stackOptions(options),
    ...(await eventBus(options, deployment, sinks && (() => stack.endpoint))),
    regions: regionsOf(config),
    buckets: [{ name: names.backupBucket, region: config.region }],
    topics: [{ name: names.alertTopic, region: config.region }],
    tables: [claimsTable(names.claimsTable), ...(config.alarms ? alarmTables(names) : [])],
  });
  teardown.add('stack', () => stack.stop());
  if (config.alarms) {
    await createAlarmPipe({ names, alarms: config.alarms, region: config.region, endpoint: stack.endpoint });
  }
  const databases = await Promise.all(
    Object.entries(config.databases).map(([name, database]) => startDatabase(stack, options, name, database)),
  );
  const { folder, certificatePem } = stack;
  const environment = {
    ...stack.environment,
    ...(await stageFiles({ folder, stage, config, certificatePem })),
  };
  const onLog = options.alarms?.onLog ?? (() => undefined);
  const alarms = sinks && localAlarms({ deployment, stack, sinks, environment, onLog });
  if (alarms) teardown.add('alarm functions', () => alarms.stop());
  return {
    stack,
    names,
    config,
    databases,
    environment,
    ...(alarms ? { alarms } : {}),
    stop: () => teardown.run(),
  };
}

/** Before the stack, whose config holds their addresses. */
async function startSinks(
  { alarms, config }: LocalStageOptions,
  teardown: Teardown,
): Promise<SinkServer | undefined> {
  if (!alarms || !config.alarms) return undefined;
  const sinks = await startSinkServer(config.alarms.sinks, alarms.onMessage);
  teardown.add('sinks', () => sinks.stop());
  return sinks;
}

/** As the stage's template has it: the rules of its functions where somebody runs those, and those of alarms. */
async function eventBus(
  { deliver }: LocalStageOptions,
  deployment: Deployment,
  endpoint: (() => string) | undefined,
): Promise<Pick<StackOptions, 'rules' | 'deliver'>> {
  const rules = deliver || !endpoint ? await stageRules(deployment, projectRoot) : [];
  if (!endpoint) return { rules };
  return {
    rules: [...rules, ...alarmQueueRules(deployment)],
    deliver: deliverToAlarmQueue({ deployment, endpoint }, deliver ?? (async () => undefined)),
  };
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
