import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type Gateway, startGateway } from '../../../../infra/local/gateway/gateway.ts';

const MIB = 1024 * 1024;
const TOTAL_BYTES = 50 * MIB;
const signature =
  'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x';

let upstream: Server;
let gateway: Gateway;

afterEach(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

async function startBefore(handler: (incoming: IncomingMessage) => AsyncIterable<Buffer>): Promise<void> {
  upstream = createServer(async (incoming, response) => {
    for await (const chunk of handler(incoming)) {
      if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const s3 = { name: 's3', port, admit: async () => () => undefined };
  gateway = await startGateway({ services: [], streamed: [s3] });
}

/** Opens a request and gives both of its ends; the answer comes while the body may still be open. */
function open(method: string, path: string) {
  const outgoing = request(`${gateway.endpoint}${path}`, { method, headers: { authorization: signature } });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
  });
  return { outgoing, answered };
}

test('a body passes on while it is still being sent, and the answer while it is still being made', async () => {
  await startBefore(async function* (incoming) {
    for await (const chunk of incoming) yield Buffer.from(`got ${chunk}`);
  });
  const { outgoing, answered } = open('PUT', '/b/k');
  outgoing.write('first');
  const answer = (await answered)[Symbol.asyncIterator]();
  expect(String((await answer.next()).value)).toBe('got first');
  outgoing.write('second');
  expect(String((await answer.next()).value)).toBe('got second');
  outgoing.end();
  expect((await answer.next()).done).toBe(true);
});

test('a reader that stands still holds back the upstream: 50 MiB are never all under way', async () => {
  let sent = 0;
  await startBefore(async function* () {
    for (; sent < TOTAL_BYTES; sent += MIB) yield Buffer.alloc(MIB);
  });
  const { outgoing, answered } = open('GET', '/b/k');
  outgoing.end();
  const answer = await answered;
  await quiet(() => sent);
  expect(sent).toBeLessThan(TOTAL_BYTES / 2);
  let received = 0;
  for await (const chunk of answer) received += chunk.length;
  expect(received).toBe(TOTAL_BYTES);
});

test('an upstream that does not read holds back the sender', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let received = 0;
  await startBefore(async function* (incoming) {
    await held;
    for await (const chunk of incoming) received += chunk.length;
    yield Buffer.from('done');
  });
  const { outgoing, answered } = open('PUT', '/b/k');
  let sent = 0;
  const sending = (async () => {
    for (; sent < TOTAL_BYTES; sent += MIB) {
      if (!outgoing.write(Buffer.alloc(MIB))) await new Promise((resolve) => outgoing.once('drain', resolve));
    }
    outgoing.end();
  })();
  await quiet(() => sent);
  expect(sent).toBeLessThan(TOTAL_BYTES / 2);
  release();
  await sending;
  (await answered).resume();
  expect(received).toBe(TOTAL_BYTES);
});

test('an upstream that is gone is told as such', async () => {
  await startBefore(async function* () {
    yield Buffer.from('never');
  });
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  const { outgoing, answered } = open('PUT', '/b/k');
  outgoing.end('body');
  const answer = await answered;
  expect(answer.statusCode).toBe(500);
  const chunks = await answer.toArray();
  expect(Buffer.concat(chunks).toString()).toContain('ECONNREFUSED');
});

/** Resolves once a number has stopped growing for a quarter of a second. */
async function quiet(read: () => number): Promise<void> {
  let before = -1;
  while (read() !== before) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
