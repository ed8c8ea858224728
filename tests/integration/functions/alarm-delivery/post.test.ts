import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type Answer, post } from '../../../../functions/alarm-delivery/post.ts';
import { judgeSlackBot } from '../../../../functions/alarm-delivery/sinks/slack-answer.ts';
import { certificateFor } from '../../../support/tls-stub.ts';

/** What servers do on the wire, and what is made of it. */

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Take = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(take: Take, onConnection?: (socket: Socket) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => take(request, response));
  });
  if (onConnection) server.on('connection', onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const postTo = (url: string): Promise<Answer> => post({ url, headers: { 'x-secret': 'mine' }, body: '{}' });

test('what Slack repeats of a long message does not hide that it took it', async () => {
  const message = { text: '\u017c'.repeat(20_000) };
  const body = JSON.stringify({ ok: true, channel: 'C1', ts: '1795000000.000001', message });
  const escaped = body.replace(/\u017c/g, '\\u017c');
  expect(escaped.length).toBeGreaterThan(100_000);
  const url = await serve((_request, response) => response.end(escaped));
  expect(judgeSlackBot(await postTo(url), new Date())).toMatchObject({
    kind: 'delivered',
    answer: { ts: '1795000000.000001' },
  });
});

test('an answer that breaks off after it has said so is not asked for again', async () => {
  const url = await serve((_request, response) => {
    response.write('{"ok":true,"channel":"C1","ts":"1795000000.000002","message":{"text":"');
    setTimeout(() => response.socket?.resetAndDestroy(), 50);
  });
  expect(judgeSlackBot(await postTo(url), new Date())).toMatchObject({
    kind: 'delivered',
    answer: { ts: '1795000000.000002' },
  });
});

test('of an answer without end a beginning is read', async () => {
  let sent = 0;
  const part = Buffer.alloc(64 * 1_024, 'x');
  const url = await serve((_request, response) => {
    const more = () => {
      sent += part.length;
      if (!response.destroyed) response.write(part, more);
    };
    more();
  });
  const answer = await postTo(url);
  expect(answer).toMatchObject({ kind: 'answered', status: 200 });
  expect(answer.kind === 'answered' && answer.text.length).toBe(256 * 1_024);
  expect(sent).toBeLessThan(64 * 1_024 * 1_024);
});

test('no connection is used twice: one that the sink closes meanwhile would leave open whether it took the page', async () => {
  let connections = 0;
  const url = await serve(
    (_request, response) => response.end('ok'),
    () => connections++,
  );
  for (let page = 0; page < 3; page++) await postTo(url);
  expect(connections).toBe(3);
});

test.each([
  ['another port of the host', 307, (origin: string) => origin.replace(/\d+$/, '1')],
  ['another host', 308, () => 'https://example.com/'],
  ['another method', 302, (origin: string) => `${origin}/there`],
  ['a place that is no address', 307, () => 'http://['],
  ['another protocol', 307, () => 'file:///etc/passwd'],
])('a redirection to %s is an answer, and nothing is sent there', async (_what, status, location) => {
  const asked: string[] = [];
  const origin: string = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status, { location: location(origin) });
    response.end();
  });
  expect(await postTo(`${origin}/here`)).toMatchObject({ kind: 'answered', status });
  expect(asked).toEqual(['/here']);
});

test('redirections within the host end', async () => {
  const asked: string[] = [];
  const origin: string = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(307, { location: `/${asked.length}` });
    response.end();
  });
  expect(await postTo(`${origin}/0`)).toMatchObject({ kind: 'answered', status: 307 });
  expect(asked).toEqual(['/0', '/1', '/2', '/3']);
});

test('a redirection to the same host with a user in its address says that it is one', async () => {
  const origin: string = await serve((_request, response) => {
    response.writeHead(307, { location: `${origin.replace('http://', 'http://user:password@')}/there` });
    response.end();
  });
  expect(await postTo(`${origin}/here`)).toMatchObject({ kind: 'answered', status: 307 });
});

test('a server whose certificate nobody vouches for is told nothing, and neither is its address', async () => {
  const { cert, private: key } = await certificateFor('localhost');
  const asked: string[] = [];
  const server = createTlsServer({ cert, key }, (request) => void asked.push(request.url ?? ''));
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}/services/secret`;
  expect(await postTo(url)).toEqual({
    kind: 'unanswered',
    reason: 'the connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)',
  });
  expect(asked).toEqual([]);
});

test('a place where nobody listens is named by its error alone', async () => {
  const url = await serve(() => undefined);
  const [server] = servers;
  await new Promise((resolve) => server?.close(resolve));
  expect(await postTo(`${url}/services/secret`)).toEqual({
    kind: 'unanswered',
    reason: 'the connection failed (ECONNREFUSED)',
  });
});
