import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dynamoClient } from '../../../../shared/aws/clients.ts';

let server: Server;
let requests: number;
const environment = { ...process.env };

beforeEach(async () => {
  requests = 0;
  server = createServer((_request, response) => {
    requests += 1;
    // The first is never answered.
    if (requests > 1) response.end(JSON.stringify({ TableNames: ['alarms'] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
});

afterEach(() => {
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

test('a call that hangs is given up and tried again', async () => {
  const client = dynamoClient('us-west-1');
  const { TableNames } = await client.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(['alarms']);
  expect(requests).toBe(2);
  client.destroy();
});
