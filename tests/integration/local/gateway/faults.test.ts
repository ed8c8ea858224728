import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetDurableExecutionCommand } from '@aws-sdk/client-lambda';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultEffect } from '../../../../infra/local/gateway/faults.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { localClients } from '../../../support/local-clients.ts';

const Bucket = 'menotime-backups';
const TableName = 'claims';
const Key = { slot: { S: 'x' } };

let stack: LocalStack;
let once: ReturnType<typeof localClients>;
let patient: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack({
    buckets: [{ name: Bucket, region: 'us-west-1' }],
    topics: [{ name: 'alerts', region: 'us-west-1' }],
    secrets: [{ name: 'db', value: 'x' }],
    tables: [
      {
        TableName,
        KeySchema: [{ AttributeName: 'slot', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'slot', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      },
    ],
  });
  stack.gateway.add({
    name: 'rds',
    handle: async () => ({ status: 200, body: '<R><DescribeDBInstancesResult/></R>' }),
  });
  once = localClients({ endpoint: stack.endpoint });
  patient = localClients({ endpoint: stack.endpoint, maxAttempts: 10, retryMode: 'adaptive' });
});

afterEach(() => stack.gateway.faults.clear());

afterAll(async () => {
  once.destroyAll();
  patient.destroyAll();
  await stack.stop();
});

async function nameOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (caught: Error) => caught,
  );
  return error.name;
}

/** One call of each service, in the order of the expectations below. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  rds: () => once.rds.send(new DescribeDBInstancesCommand({})),
  sns: () =>
    once.sns.send(
      new PublishCommand({ TopicArn: 'arn:aws:sns:us-west-1:111122223333:alerts', Message: 'm' }),
    ),
  sts: () => once.sts.send(new GetCallerIdentityCommand({})),
  s3: () => once.s3.send(new ListObjectsV2Command({ Bucket })),
  dynamodb: () => once.dynamo.send(new GetItemCommand({ TableName, Key })),
  secretsmanager: () => once.secrets.send(new GetSecretValueCommand({ SecretId: 'db' })),
  sqs: () => once.sqs.send(new ListQueuesCommand({})),
  lambda: () => once.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: 'a' })),
};

async function namesUnder(effect: FaultEffect): Promise<Record<string, string>> {
  stack.gateway.faults.order({ effect });
  const names: Record<string, string> = {};
  for (const [service, call] of Object.entries(calls)) names[service] = await nameOf(call());
  return names;
}

describe('the SDK sees an ordered fault as the service would give it', () => {
  test('throttling', async () => {
    expect(await namesUnder({ kind: 'throttle' })).toEqual({
      rds: 'Throttling',
      sns: 'Throttling',
      sts: 'Throttling',
      s3: 'SlowDown',
      dynamodb: 'ProvisionedThroughputExceededException',
      secretsmanager: 'ThrottlingException',
      sqs: 'ThrottlingException',
      lambda: 'TooManyRequestsException',
    });
  });

  test('throttling by another name', async () => {
    stack.gateway.faults.order({
      service: 'dynamodb',
      effect: { kind: 'throttle', code: 'ThrottlingException' },
    });
    expect(await nameOf(once.dynamo.send(new GetItemCommand({ TableName, Key })))).toBe(
      'ThrottlingException',
    );
  });

  test('access denied', async () => {
    expect(await namesUnder({ kind: 'deny' })).toEqual({
      rds: 'AccessDenied',
      sns: 'AccessDenied',
      sts: 'AccessDenied',
      s3: 'AccessDenied',
      dynamodb: 'AccessDeniedException',
      secretsmanager: 'AccessDeniedException',
      sqs: 'AccessDeniedException',
      lambda: 'AccessDeniedException',
    });
  });

  test('500 and 503', async () => {
    expect(new Set(Object.values(await namesUnder({ kind: 'error', status: 503 })))).toEqual(
      new Set(['ServiceUnavailable']),
    );
    stack.gateway.faults.clear();
    const names = await namesUnder({ kind: 'error', status: 500 });
    expect(names).toMatchObject({ s3: 'InternalError', rds: 'InternalFailure', sqs: 'InternalFailure' });
  });

  test('a connection cut before anything happened', async () => {
    const names = new Set(Object.values(await namesUnder({ kind: 'cut', when: 'before' })));
    expect([...names]).toEqual(['Error']);
    stack.gateway.faults.clear();
    stack.gateway.faults.order({ action: 'PutObject', effect: { kind: 'cut', when: 'before' } });
    await nameOf(once.s3.send(new PutObjectCommand({ Bucket, Key: 'never', Body: 'x' })));
    expect(await nameOf(once.s3.send(new HeadObjectCommand({ Bucket, Key: 'never' })))).toBe('NotFound');
  });
});

describe('a lost answer', () => {
  test('of S3: the object is there', async () => {
    stack.gateway.faults.order({ action: 'PutObject', times: 1, effect: { kind: 'cut', when: 'after' } });
    await expect(once.s3.send(new PutObjectCommand({ Bucket, Key: 'lost', Body: 'x' }))).rejects.toThrow();
    const got = await once.s3.send(new GetObjectCommand({ Bucket, Key: 'lost' }));
    expect(await got.Body?.transformToString()).toBe('x');
  });

  test('of DynamoDB: the retry meets the first write', async () => {
    stack.gateway.faults.order({ action: 'PutItem', times: 1, effect: { kind: 'cut', when: 'after' } });
    const claim = new PutItemCommand({
      TableName,
      Item: { slot: { S: 'lost' } },
      ConditionExpression: 'attribute_not_exists(slot)',
    });
    expect(await nameOf(patient.dynamo.send(claim))).toBe('ConditionalCheckFailedException');
  });
});

describe('which calls meet a fault', () => {
  test('those of the action, the region and the service, and only as many as ordered', async () => {
    const fault = stack.gateway.faults.order({
      service: ['s3', 'sts'],
      action: 'GetCallerIdentity',
      region: 'us-west-1',
      times: 2,
      effect: { kind: 'throttle' },
    });
    const names = [];
    for (let call = 0; call < 4; call++)
      names.push(await nameOf(once.sts.send(new GetCallerIdentityCommand({}))));
    expect(names).toEqual(['Throttling', 'Throttling', 'Error', 'Error']);
    expect(fault.fired).toBe(2);
    await once.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(stack.gateway.calls.at(-2)).toMatchObject({ action: 'GetCallerIdentity', status: 200 });
  });

  test('an answer can be late, and others go before it', async () => {
    stack.gateway.faults.order({ service: 'sts', effect: { kind: 'latency', milliseconds: 300 } });
    const order: string[] = [];
    const late = once.sts.send(new GetCallerIdentityCommand({})).then(() => order.push('late'));
    await once.s3.send(new ListObjectsV2Command({ Bucket })).then(() => order.push('prompt'));
    await late;
    expect(order).toEqual(['prompt', 'late']);
    expect(stack.gateway.calls.find(({ fault }) => fault === 'latency')).toMatchObject({ status: 200 });
  });

  test('with a fifth of all calls throttled or failing, patient clients get all of their work done', async () => {
    const orders = [
      stack.gateway.faults.order({ rate: 0.1, seed: 7, effect: { kind: 'throttle' } }),
      stack.gateway.faults.order({ rate: 0.1, seed: 8, effect: { kind: 'error', status: 503 } }),
    ];
    const work = Array.from({ length: 12 }, async (_, index) => {
      await patient.s3.send(new PutObjectCommand({ Bucket, Key: `chaos/${index}`, Body: 'x' }));
      await patient.rds.send(new DescribeDBInstancesCommand({}));
    });
    await Promise.all(work);
    expect(orders.map(({ fired }) => fired > 0)).toEqual([true, true]);
    stack.gateway.faults.clear();
    const listed = await once.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'chaos/' }));
    expect(listed.KeyCount).toBe(12);
  });
});
