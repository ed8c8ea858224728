import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallMoment } from '../../../../infra/local/gateway/call-log.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { localClients } from '../../../support/local-clients.ts';

const Bucket = 'menotime-backups';
let stack: LocalStack;
let clients: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack({
    buckets: [{ name: Bucket, region: 'us-west-1' }],
    tables: [
      {
        TableName: 'claims',
        KeySchema: [{ AttributeName: 'slot', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'slot', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    ],
  });
  clients = localClients(stack);
});

afterAll(async () => {
  clients.destroyAll();
  await stack.stop();
});

/** Writes `moment` to S3 or DynamoDB from another process, which is killed at that moment of its call. */
async function killWriter(service: 's3' | 'dynamodb', moment: CallMoment): Promise<void> {
  const script = join(import.meta.dirname, 'writer-process.ts');
  const child = spawn(process.execPath, [script, service, moment], {
    env: { ...process.env, ...stack.environment, NODE_OPTIONS: '' },
    stdio: 'inherit',
  });
  const exited = once(child, 'exit');
  const end = stack.gateway.onCall(async (now) => {
    if (now !== moment) return;
    child.kill('SIGKILL');
    await exited;
  });
  expect(await exited).toEqual([null, 'SIGKILL']);
  end();
}

async function written(): Promise<{ s3: unknown[]; dynamodb: unknown[] }> {
  const { Contents } = await clients.s3.send(new ListObjectsV2Command({ Bucket }));
  const { Items } = await clients.dynamo.send(new ScanCommand({ TableName: 'claims' }));
  return { s3: (Contents ?? []).map(({ Key }) => Key), dynamodb: (Items ?? []).map(({ slot }) => slot?.S) };
}

test('a client killed before its call is sent on has had no effect; one killed after has', async () => {
  await killWriter('s3', 'before');
  await killWriter('dynamodb', 'before');
  expect(await written()).toEqual({ s3: [], dynamodb: [] });
  await killWriter('s3', 'after');
  await killWriter('dynamodb', 'after');
  expect(await written()).toEqual({ s3: ['after'], dynamodb: ['after'] });
});
