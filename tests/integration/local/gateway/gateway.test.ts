import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { PutObjectTaggingCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { localClients } from '../../../support/local-clients.ts';

const claims = {
  TableName: 'claims',
  KeySchema: [{ AttributeName: 'slot', KeyType: 'HASH' as const }],
  AttributeDefinitions: [{ AttributeName: 'slot', AttributeType: 'S' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

let stack: LocalStack;
let west: ReturnType<typeof localClients>;
let east: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack({
    topics: [{ name: 'alerts', region: 'us-west-1' }],
    queues: [{ name: 'dead-letters', region: 'us-west-1' }],
    tables: [claims],
    secrets: [
      { name: 'menotime/db/prod', value: '{"password":"west"}', region: 'us-west-1' },
      { name: 'menotime/db/prod', value: '{"password":"east"}', region: 'us-east-1' },
    ],
  });
  west = localClients({ endpoint: stack.endpoint });
  east = localClients({ endpoint: stack.endpoint, region: 'us-east-1' });
});

afterAll(async () => {
  west.destroyAll();
  east.destroyAll();
  await stack.stop();
});

describe('each service answers its own SDK client', () => {
  test('STS tells the local account', async () => {
    const identity = await west.sts.send(new GetCallerIdentityCommand({}));
    expect(identity.Account).toBe('111122223333');
  });

  test('Secrets Manager finds a secret by name and by ARN, in its own region', async () => {
    const byName = await west.secrets.send(new GetSecretValueCommand({ SecretId: 'menotime/db/prod' }));
    expect(byName.SecretString).toBe('{"password":"west"}');
    const byArn = await west.secrets.send(new GetSecretValueCommand({ SecretId: byName.ARN }));
    expect(byArn.SecretString).toBe(byName.SecretString);
    const inEast = await east.secrets.send(new GetSecretValueCommand({ SecretId: 'menotime/db/prod' }));
    expect(inEast.SecretString).toBe('{"password":"east"}');
  });

  test('Secrets Manager says ResourceNotFoundException of an unknown secret', async () => {
    const asked = east.secrets.send(new GetSecretValueCommand({ SecretId: 'nobody' }));
    await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('SNS delivers to SQS, and both tell ARNs of the local account', async () => {
    const { QueueUrl } = await west.sqs.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }));
    expect(QueueUrl?.startsWith(`${stack.endpoint}/`)).toBe(true);
    const { Attributes } = await west.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    expect(Attributes?.QueueArn).toBe('arn:aws:sqs:us-west-1:111122223333:dead-letters');
    const TopicArn = 'arn:aws:sns:us-west-1:111122223333:alerts';
    await west.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    const Message = 'of arn:aws:sns:us-west-1:111122223333:alerts, with ümlaut & <angle>';
    await west.sns.send(new PublishCommand({ TopicArn, Message }));
    const received = await west.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(received.Messages?.map(({ Body }) => Body)).toEqual([Message]);
  });

  test('SQS takes and gives a message', async () => {
    const { QueueUrl } = await west.sqs.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }));
    await west.sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'arn:aws:sqs:us-west-1:111122223333:x' }),
    );
    const received = await west.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(received.Messages?.[0]?.Body).toBe('arn:aws:sqs:us-west-1:111122223333:x');
  });

  test('DynamoDB refuses a second conditional write, and each region has a table of its own', async () => {
    const claim = new PutItemCommand({
      TableName: 'claims',
      Item: { slot: { S: '2026-01-02' } },
      ConditionExpression: 'attribute_not_exists(slot)',
    });
    await west.dynamo.send(claim);
    await expect(west.dynamo.send(claim)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await east.dynamo.send(claim);
    const found = await east.dynamo.send(
      new QueryCommand({
        TableName: 'claims',
        KeyConditionExpression: 'slot = :slot',
        ExpressionAttributeValues: { ':slot': { S: '2026-01-02' } },
      }),
    );
    expect(found.Count).toBe(1);
  });
});

describe('regions', () => {
  test('a queue is seen in its own region only', async () => {
    const asked = east.sqs.send(new GetQueueUrlCommand({ QueueName: 'dead-letters' }));
    await expect(asked).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});

describe('what is refused', () => {
  test('an unsigned call gets 403', async () => {
    const answer = await fetch(`${stack.endpoint}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=DescribeDBInstances&Version=2014-10-31',
    });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('a service that is not there is named, with those that are', async () => {
    const rdsFree = await startStack({});
    const clients = localClients({ endpoint: rdsFree.endpoint });
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/glue/aws4_request, SignedHeaders=host',
      'x-amz-target': 'AWSGlue.GetJobs',
    };
    const answer = await fetch(`${rdsFree.endpoint}/`, { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(text).toContain("no service 'glue'");
    expect(text).toContain('dynamodb');
    clients.destroyAll();
    await rdsFree.stop();
  });

  test('an S3 operation that fauxqs would get wrong is refused', async () => {
    const tagging = west.s3.send(
      new PutObjectTaggingCommand({ Bucket: 'b', Key: 'k', Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
    );
    const error = await tagging.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(S3ServiceException);
    expect(error).toMatchObject({ name: 'NotImplemented' });
  });
});

describe('the call log', () => {
  test('holds service, action, region and status of each call', async () => {
    const before = stack.gateway.calls.length;
    await east.sts.send(new GetCallerIdentityCommand({}));
    await east.secrets.send(new GetSecretValueCommand({ SecretId: 'nobody' })).catch(() => undefined);
    expect(stack.gateway.calls.slice(before)).toEqual([
      { service: 'sts', action: 'GetCallerIdentity', region: 'us-east-1', at: expect.any(Date), status: 200 },
      {
        service: 'secretsmanager',
        action: 'GetSecretValue',
        region: 'us-east-1',
        at: expect.any(Date),
        status: 400,
      },
    ]);
  });

  test('a listener is told before and after, and the call waits for it', async () => {
    const moments: string[] = [];
    const end = stack.gateway.onCall(async (moment, { action, status }) => {
      await new Promise((resolve) => setImmediate(resolve));
      moments.push(`${moment} ${action} ${status}`);
    });
    await west.sts.send(new GetCallerIdentityCommand({}));
    end();
    await west.sts.send(new GetCallerIdentityCommand({}));
    expect(moments).toEqual(['before GetCallerIdentity undefined', 'after GetCallerIdentity 200']);
  });
});

test('RDS calls reach a service that is added later', async () => {
  stack.gateway.add({
    name: 'rds',
    handle: async ({ action, region, body }) => {
      expect(new URLSearchParams(body.toString()).get('DBInstanceIdentifier')).toBe('prod');
      return {
        status: 200,
        body: `<${action}Response><${action}Result/></${action}Response>${''.padEnd(0, region)}`,
      };
    },
  });
  const answer = await west.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'prod' }));
  expect(answer.DBInstances ?? []).toEqual([]);
});
