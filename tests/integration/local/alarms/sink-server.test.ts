import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readStage } from '../../../../infra/build/stage.ts';
import {
  type SinkMessage,
  type SinkServer,
  startSinkServer,
} from '../../../../infra/local/alarms/sink-server.ts';
import { alarmsConfig } from '../../../support/alarm-fixtures.ts';

const { sinks } = alarmsConfig({
  sinks: {
    chat: { kind: 'slack', secret: 'chat' },
    bot: { kind: 'slack-bot', secret: 'bot', channel: 'C1' },
    cards: { kind: 'teams', secret: 'cards' },
    pager: { kind: 'pagerduty', secret: 'pager' },
    hook: { kind: 'webhook', secret: 'hook' },
    mail: { kind: 'email', address: 'a@example.org' },
  },
  routes: [{ to: ['chat'] }],
});

let server: SinkServer;
const told: SinkMessage[] = [];

beforeAll(async () => {
  server = await startSinkServer(sinks, (message) => told.push(message));
});
afterAll(() => server.stop());

const secret = (name: string) => server.secrets[name] ?? '';
const endpoints = async () => {
  const config = await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' });
  const moved = server.redirect({ ...config, alarms: alarmsConfig({ sinks, routes: [{ to: ['chat'] }] }) });
  return moved.alarms?.sinks as Record<string, { readonly endpoint?: string }>;
};
async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  return { status: response.status, text: await response.text() };
}

test('every sink that is sent to over HTTP has a service, and answers as that does', async () => {
  const { bot, pager } = await endpoints();
  expect(await post(secret('chat'), { text: 'a' })).toEqual({ status: 200, text: 'ok' });
  expect(await post(secret('cards'), { type: 'message' })).toEqual({ status: 202, text: '' });
  const posted = await post(bot?.endpoint ?? '', { text: 'b' }, { authorization: `Bearer ${secret('bot')}` });
  expect(JSON.parse(posted.text)).toMatchObject({ ok: true, ts: expect.stringMatching(/^\d+\.\d{6}$/) });
  const trigger = { routing_key: secret('pager'), event_action: 'trigger', dedup_key: 'k' };
  const triggered = await post(pager?.endpoint ?? '', trigger);
  expect([triggered.status, JSON.parse(triggered.text)]).toMatchObject([202, { dedup_key: 'k' }]);
  const { url, key } = JSON.parse(secret('hook')) as { url: string; key: string };
  const t = Math.floor(Date.now() / 1_000);
  const v1 = createHmac('sha256', key)
    .update(`${t}.${JSON.stringify({ title: 'c' })}`)
    .digest('hex');
  const signed = { 'x-nightshift-signature': `t=${t},v1=${v1}` };
  expect(await post(url, { title: 'c' }, signed)).toMatchObject({ status: 200 });
  expect(told.map(({ sink }) => sink)).toEqual(['chat', 'cards', 'bot', 'pager', 'hook']);
  expect(server.secrets.mail).toBeUndefined();
});

test('who does not know the secret is refused, and nothing of it is kept', async () => {
  const before = server.messages.length;
  const { bot, pager } = await endpoints();
  const { url } = JSON.parse(secret('hook')) as { url: string };
  expect(await post(new URL('/chat/0123', server.messagesUrl).href, {})).toMatchObject({ status: 404 });
  expect((await post(bot?.endpoint ?? '', {})).text).toContain('invalid_auth');
  expect(await post(pager?.endpoint ?? '', { routing_key: 'x' })).toMatchObject({ status: 400 });
  expect(await post(url, {}, { 'x-nightshift-signature': 't=1,v1=00' })).toMatchObject({ status: 401 });
  expect(server.messages.length).toBe(before);
});

test('what came is there to be read, without the secrets that came with it', async () => {
  const response = await fetch(server.messagesUrl);
  const text = await response.text();
  expect(JSON.parse(text)).toEqual(server.messages);
  expect(text).toContain('"dedup_key": "k"');
  for (const value of Object.values(server.secrets)) expect(text).not.toContain(value);
});
