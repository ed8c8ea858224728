import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import { createQueue, createTable, createTopic, type RegionalResource } from './aws/resources.ts';
import { type AwsServers, startAwsServers } from './aws/servers.ts';
import { type Gateway, startGateway } from './gateway/gateway.ts';
import { executionsControl } from './lambda/control.ts';
import { Executions } from './lambda/executions.ts';
import { type LocalLambda, localLambda } from './lambda/service.ts';
import type { LocalRds } from './rds/local-rds.ts';
import { type RdsPartOptions, startRdsPart } from './rds-part.ts';
import { type LocalSecret, type LocalSecretsManager, secretsManager } from './secrets-manager/service.ts';
import { stsService } from './sts/service.ts';
import { Teardown } from './teardown.ts';

export interface StackOptions {
  /** Of the gateway; 0, the default, takes a free one. */
  readonly port?: number;
  /** Where the parts keep their files; a folder under the system's temporary one, removed at the end, when left out. */
  readonly folder?: string;
  /** Where S3 keeps objects, see `aws/object-path.ts`; `s3` in the folder when left out. It is never removed by itself. */
  readonly s3Folder?: string;
  /** The first is that of `AWS_REGION`. */
  readonly regions?: readonly string[];
  readonly buckets?: readonly RegionalResource[];
  readonly topics?: readonly RegionalResource[];
  readonly queues?: readonly RegionalResource[];
  /** Created in every region. */
  readonly tables?: readonly CreateTableInput[];
  readonly secrets?: readonly LocalSecret[];
  /** Left out, the stack has no RDS and starts the faster. */
  readonly rds?: RdsPartOptions;
}

/** A stack that was asked for RDS. */
export interface LocalStackWithRds extends LocalStack {
  readonly rds: LocalRds;
  readonly certificatePem: string;
}

export interface LocalStack {
  readonly endpoint: string;
  /** What a process needs in its environment for every AWS SDK in it to speak to this stack. */
  readonly environment: Readonly<Record<string, string>>;
  readonly regions: readonly string[];
  readonly folder: string;
  readonly s3Folder: string;
  readonly gateway: Gateway;
  readonly lambda: LocalLambda;
  readonly secrets: LocalSecretsManager;
  readonly executions: Executions;
  readonly rds?: LocalRds;
  /** What clients of the instances trust. */
  readonly certificatePem?: string;
  /** Ends every part; may be called again. Leaves no process, port or temporary folder. */
  stop(): Promise<void>;
}

const REGIONS = ['us-west-1', 'us-east-1'];

/** Starts the embedded stack. When a part fails to start, the others are ended before this rejects. */
export async function startStack(
  options: StackOptions & { readonly rds: RdsPartOptions },
): Promise<LocalStackWithRds>;
export async function startStack(options?: StackOptions): Promise<LocalStack>;
export async function startStack(options: StackOptions = {}): Promise<LocalStack> {
  const teardown = new Teardown();
  try {
    return await startParts(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function startParts(options: StackOptions, teardown: Teardown): Promise<LocalStack> {
  const regions = options.regions ?? REGIONS;
  const temporary = options.folder === undefined ? await temporaryFolder(teardown) : undefined;
  const folder = options.folder ?? temporary ?? '';
  const s3Folder = options.s3Folder ?? join(folder, 's3');
  const executions = new Executions();
  const secrets = secretsManager(options.secrets);
  const lambda = localLambda(executions);

  const servers = await startAwsServers(s3Folder);
  teardown.add('S3, SNS, SQS and DynamoDB', () => servers.stop());
  const place = { folder: join(folder, 'rds'), regions, temporaryFolder: temporary };
  const part = options.rds && (await startRdsPart(options.rds, place, teardown));
  const gateway = await startGateway({
    ...(options.port === undefined ? {} : { port: options.port }),
    services: [
      servers.sns,
      servers.sqs,
      servers.dynamo,
      stsService(),
      secrets,
      lambda,
      ...(part ? [part.rds] : []),
    ],
    streamed: [servers.s3],
    control: executionsControl(executions),
  });
  teardown.add('gateway', () => gateway.stop());
  part?.connect(gateway.endpoint);
  await createResources(options, regions, servers);
  return {
    endpoint: gateway.endpoint,
    environment: environmentFor(gateway.endpoint, regions),
    regions,
    folder,
    s3Folder,
    gateway,
    lambda,
    secrets,
    executions,
    ...(part ? { rds: part.rds, certificatePem: part.certificatePem } : {}),
    stop: () => teardown.run(),
  };
}

async function temporaryFolder(teardown: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'));
  teardown.add('temporary folder', () => rm(folder, { recursive: true, force: true }));
  return folder;
}

function environmentFor(endpoint: string, regions: readonly string[]): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: regions[0] ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

async function createResources(
  { buckets = [], topics = [], queues = [], tables = [] }: StackOptions,
  regions: readonly string[],
  { createBucket, sns, sqs, dynamo }: AwsServers,
): Promise<void> {
  for (const { name } of buckets) createBucket(name);
  await Promise.all([
    ...topics.map((topic) => createTopic(sns, topic)),
    ...queues.map((queue) => createQueue(sqs, queue)),
    ...regions.flatMap((region) => tables.map((table) => createTable(dynamo, region, table))),
  ]);
}
