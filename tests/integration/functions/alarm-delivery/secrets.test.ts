import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { secretsOf } from '../../../../functions/alarm-delivery/secrets.ts';
import { pageMaker } from '../../../support/alarm-pages.ts';
import type { Misbehaviour } from '../../../support/alarm-sinks.ts';
import { type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';
import { localClients } from '../../../support/local-clients.ts';

/** Whatever sinks answer, the secrets that reach them are kept nowhere and told nobody. */

let stage: DeliveryStage;
const log: string[] = [];
beforeAll(async () => {
  for (const output of [process.stdout, process.stderr]) {
    jest.spyOn(output, 'write').mockImplementation((text) => log.push(String(text)) > 0);
  }
  stage = await startDeliveryStage();
  Object.assign(process.env, { POWERTOOLS_LOG_LEVEL: 'DEBUG', POWERTOOLS_METRICS_DISABLED: 'false' });
}, 60_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await stage?.stop();
});

const sinks = ['chat', 'bot', 'teams', 'pager', 'hook'] as const;
const newPage = pageMaker();

/** All that a sink may do to a page, with its secret in every answer. */
async function misfortunesOf(sink: (typeof sinks)[number]): Promise<void> {
  const { fakes } = stage;
  const { secret, origin } = fakes[sink];
  const given = JSON.stringify({
    message: secret,
    errors: [secret],
    error: { code: secret, message: secret },
  });
  const answers: Misbehaviour[] = [
    { kind: 'answer', status: 200, body: secret },
    { kind: 'answer', status: 400, body: given },
    { kind: 'answer', status: 400, body: secret },
    { kind: 'answer', status: 404, body: secret },
    { kind: 'answer', status: 429, body: given, headers: { 'retry-after': secret.replace(/[^ -~]/g, '') } },
    { kind: 'answer', status: 500, body: secret },
    { kind: 'answer', status: 302, headers: { location: `${origin}/${encodeURIComponent(secret)}` } },
    { kind: 'drop' },
  ];
  for (const answer of answers) {
    fakes[sink].always(() => answer);
    await stage.deliver(sink, newPage());
  }
  fakes[sink].always(null);
  fakes[sink].down(true);
  await stage.deliver(sink, newPage());
  fakes[sink].down(false);
  stage.give(sink, `${secret}\n is not what was expected`);
  await stage.deliver(sink, newPage());
  stage.give(sink);
  await stage.deliver(sink, newPage());
}

test('in no log, dead letter, receipt, page for the fallback, or row', async () => {
  const { fakes } = stage;
  await Promise.all(sinks.map(misfortunesOf));
  const clients = localClients({ endpoint: stage.stack.endpoint });
  const kept = [
    ...log,
    ...(await Promise.all(sinks.map(async (sink) => JSON.stringify(await stage.receipts(sink))))),
    ...(await Promise.all(sinks.map(async (sink) => JSON.stringify(await stage.deadLetters(sink))))),
    JSON.stringify(await stage.takePages('hook')),
    JSON.stringify(await stage.heard('alerts')),
    JSON.stringify(await clients.dynamo.send(new ScanCommand({ TableName: stage.names.alarmTable }))),
    JSON.stringify(await clients.dynamo.send(new ScanCommand({ TableName: stage.names.deliveryTable }))),
  ].join('\n');
  clients.destroyAll();
  expect(kept).toContain('Refused');
  expect(kept).toContain('Not delivered yet');
  for (const sink of sinks) {
    const parts = fakes[sink].secret.split(/[^A-Za-z0-9_-]+/).filter((part) => part.length >= 16);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(kept.includes(part)).toBe(false);
  }
}, 60_000);

let parameters: Server | undefined;
afterAll(() => void parameters?.close());

test('a secret may lie in SSM, which is asked for it decrypted, and once in five minutes', async () => {
  const asked: unknown[] = [];
  parameters = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push({ target: request.headers['x-amz-target'], ...(JSON.parse(body) as object) });
    response.end(JSON.stringify({ Parameter: { Name: '/nightshift/chat', Value: 'a secret' } }));
  });
  await new Promise<void>((resolve) => parameters?.listen(0, '127.0.0.1', resolve));
  process.env.AWS_ENDPOINT_URL_SSM = `http://127.0.0.1:${(parameters.address() as AddressInfo).port}`;
  const secrets = secretsOf('us-west-1');
  expect(await secrets.read('ssm:/nightshift/chat')).toBe('a secret');
  expect(await secrets.read('ssm:/nightshift/chat')).toBe('a secret');
  expect(asked).toEqual([
    { target: 'AmazonSSM.GetParameter', Name: '/nightshift/chat', WithDecryption: true },
  ]);
  await secrets.read('ssm:/nightshift/chat', true);
  expect(asked).toHaveLength(2);
});

test('a secret that is not there is named', async () => {
  await expect(secretsOf('us-west-1').read('nightshift/none')).rejects.toThrow(
    'its secret nightshift/none could not be read (ResourceNotFoundException)',
  );
});
