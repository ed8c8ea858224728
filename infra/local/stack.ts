import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createQueue, createTable, createTopic } from './aws/resources.ts';
import type { AwsServers } from './aws/servers.ts';
import { localCloudWatch } from './cloudwatch/service.ts';
import { createEventBus, type EventBus } from './events/bus.ts';
import { loadRules } from './events/rules.ts';
import { startGateway } from './gateway/gateway.ts';
import { executionsControl } from './lambda/control.ts';
import { Executions } from './lambda/executions.ts';
import { localLambda } from './lambda/service.ts';
import { createCertificate } from './postgres/certificate.ts';
import { startWatchdog, type Watchdog } from './postgres/watchdog.ts';
import { startRdsAndAws } from './rds-and-aws.ts';
import { secretsManager } from './secrets-manager/service.ts';
import type { LocalStack, StackOptions } from './stack-options.ts';
import { stsService } from './sts/service.ts';
import { Teardown } from './teardown.ts';

export type { LocalStack, StackOptions } from './stack-options.ts';

const REGIONS = ['us-west-1', 'us-east-1'];
const PROJECT_ROOT = dirname(dirname(import.meta.dirname));

/** Starts the embedded stack. When a part fails to start, the others are ended before this rejects. */
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
  const watchdog = startWatchdog();
  teardown.add('watchdog', () => watchdog.stop());
  const folder = options.folder ?? (await temporaryFolder(watchdog, teardown));
  const s3Folder = options.s3Folder ?? join(folder, 's3');
  const events = await startEvents(options, teardown);
  const certificate = await createCertificate();
  const place = { regions, folder, s3Folder };
  const { servers, rds } = await startRdsAndAws(
    { ...options, ...place, events, certificate, watchdog },
    teardown,
  );
  const executions = new Executions();
  const secrets = secretsManager(options.secrets);
  const cloudwatch = localCloudWatch();
  const lambda = localLambda(executions);
  const inProcess = [rds, stsService(), secrets, cloudwatch, lambda];
  const gateway = await startGateway({
    port: options.port ?? 0,
    services: [...inProcess, servers.sns, servers.sqs, servers.dynamo],
    streamed: [servers.s3],
    control: executionsControl(executions),
  });
  teardown.add('gateway', () => gateway.stop());
  await createResources(options, regions, servers);
  const { endpoint } = gateway;
  return {
    ...place,
    endpoint,
    environment: environmentFor(endpoint, regions),
    certificatePem: certificate.certificatePem,
    gateway,
    rds,
    lambda,
    secrets,
    cloudwatch,
    executions,
    events,
    stop: () => teardown.run(),
  };
}

async function startEvents(options: StackOptions, teardown: Teardown): Promise<EventBus> {
  const { deliver, retryDelaysMilliseconds } = options;
  const events = createEventBus({
    rules: deliver ? (options.rules ?? (await loadRules(PROJECT_ROOT))) : [],
    deliver: deliver ?? (async () => undefined),
    ...(retryDelaysMilliseconds ? { retryDelaysMilliseconds } : {}),
  });
  teardown.add('event bus', () => events.stop());
  return events;
}

/** Removed at the end, and by the watchdog when this process is killed. */
async function temporaryFolder(watchdog: Watchdog, teardown: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'));
  watchdog.watchFolder(folder);
  teardown.add('temporary folder', async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    watchdog.forgetFolder(folder);
  });
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
