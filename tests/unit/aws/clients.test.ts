import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { expect, test } from '@jest/globals';
import { rdsClient } from '../../../shared/aws/clients.ts';

test('a region that is down is not waited for: connecting to RDS takes seconds at most, each time', async () => {
  const client = rdsClient('us-east-1');
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  client.config.credentials = () => Promise.resolve(credentials);
  const nobody = { protocol: 'http:', hostname: '127.0.0.1', port: 1, path: '/' };
  client.config.endpoint = () => Promise.resolve(nobody);
  client.config.maxAttempts = () => Promise.resolve(1);
  // The handler reads its options on the first request.
  await client.send(new DescribeDBInstancesCommand({})).catch(() => undefined);
  const handler = client.config.requestHandler as unknown as { httpHandlerConfigs(): object };
  expect(handler.httpHandlerConfigs()).toMatchObject({ connectionTimeout: 5_000 });
  client.destroy();
});
