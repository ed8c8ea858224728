import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateDBSnapshotCommand } from '@aws-sdk/client-rds';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { objectPath } from '../../../infra/local/aws/object-path.ts';
import { startStack } from '../../../infra/local/stack.ts';
import { localClients } from '../../support/local-clients.ts';

const Bucket = 'menotime-backups';
const buckets = [{ name: Bucket, region: 'us-west-1' }];
const temporary = process.env.TMPDIR;

afterAll(() => {
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
});

/** A folder that is the system's temporary one for the length of `work`, and what was left in it. */
async function leftInTemporaryFolder(work: () => Promise<void>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  process.env.TMPDIR = folder;
  await work();
  const left = await readdir(folder);
  if (temporary === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = temporary;
  await rm(folder, { recursive: true });
  return left;
}

function listeners(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
}

async function isListening(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  const socket = createConnection(Number(port), hostname);
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

test('two stacks side by side know nothing of each other', async () => {
  const [one, two] = await Promise.all([startStack({ buckets }), startStack({ buckets })]);
  const [first, second] = [localClients(one), localClients(two)];
  await first.s3.send(new PutObjectCommand({ Bucket, Key: 'only/here', Body: 'x' }));
  const missing = second.s3.send(new GetObjectCommand({ Bucket, Key: 'only/here' }));
  await expect(missing).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await readFile(objectPath(one.s3Folder, Bucket, 'only/here'), 'utf8')).toBe('x');
  await one.stop();
  await second.sts.send(new GetCallerIdentityCommand({}));
  first.destroyAll();
  second.destroyAll();
  await two.stop();
});

test('a stack leaves no folder and no listener, and may be stopped again', async () => {
  const before = listeners();
  let endpoint = '';
  const left = await leftInTemporaryFolder(async () => {
    const stack = await startStack({ buckets });
    endpoint = stack.endpoint;
    expect(await isListening(endpoint)).toBe(true);
    await Promise.all([stack.stop(), stack.stop()]);
    await stack.stop();
  });
  expect(left).toEqual([]);
  expect(await isListening(endpoint)).toBe(false);
  expect(listeners()).toBe(before);
});

describe('a stack of which a part fails to start', () => {
  test('ends the others when the port is taken', async () => {
    const running = await startStack();
    const port = Number(new URL(running.endpoint).port);
    const before = listeners();
    const left = await leftInTemporaryFolder(async () => {
      await expect(startStack({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });
    expect(left).toEqual([]);
    expect(listeners()).toBe(before);
    await running.stop();
  });

  test('ends the others when a resource is refused', async () => {
    const before = listeners();
    const left = await leftInTemporaryFolder(async () => {
      await expect(startStack({ buckets: [{ name: 'NO', region: 'us-west-1' }] })).rejects.toThrow('NO');
    });
    expect(left).toEqual([]);
    expect(listeners()).toBe(before);
  });
});

test('objects in a folder of the caller outlive the stack, and are there in the next one', async () => {
  const s3Folder = await mkdtemp(join(tmpdir(), 'nightshift-test-s3-'));
  const first = await startStack({ buckets, s3Folder });
  const writer = localClients(first);
  await writer.s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
  writer.destroyAll();
  await first.stop();
  const next = await startStack({ buckets, s3Folder });
  const reader = localClients(next);
  const kept = await reader.s3.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  expect(await kept.Body?.transformToString()).toBe('x');
  reader.destroyAll();
  await next.stop();
  await rm(s3Folder, { recursive: true });
});

test('a killed process leaves no folder', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'stack-process.ts')], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const { folder, endpoint } = JSON.parse(String(line)) as { folder: string; endpoint: string };
  expect(existsSync(folder)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  while (existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await isListening(endpoint)).toBe(false);
});

test('a snapshot taken through the gateway tells the functions whose rules match', async () => {
  const delivered: unknown[] = [];
  const stack = await startStack({
    delays: { snapshotCreating: 0 },
    rules: [
      {
        functionName: 'snapshot-export',
        pattern: { source: ['aws.rds'], detail: { EventID: ['RDS-EVENT-0042'] } },
      },
    ],
    deliver: async (functionName, event) => void delivered.push({ functionName, event }),
  });
  await stack.rds.createInstance({
    identifier: 'prod',
    region: 'us-west-1',
    engineVersion: '15',
    masterUsername: 'postgres',
    masterPassword: 'a local password',
    databaseName: 'menotime',
    allocatedStorageGiB: 20,
    backupRetentionDays: 0,
  });
  const clients = localClients(stack);
  await clients.rds.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: 'prod', DBSnapshotIdentifier: 'before' }),
  );
  while (delivered.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(delivered).toMatchObject([
    {
      functionName: 'snapshot-export',
      event: { detail: { SourceIdentifier: 'before', EventID: 'RDS-EVENT-0042' } },
    },
  ]);
  clients.destroyAll();
  await stack.stop();
});
