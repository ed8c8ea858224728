import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmPage, cpuAlert } from '../../../support/alarm-pages.ts';
import { batchOf, type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';
import { eventually } from '../../../support/detached-stage.ts';

/** What AWS refuses keeps no page from its sink for ever, and makes none come twice. */

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await startDeliveryStage();
}, 60_000);
afterEach(() => stage.stack.gateway.faults.clear());
afterAll(() => stage?.stop());

function newPage(id: string): Page {
  const key = `${cpuAlert.key}-${id}`;
  return { ...alarmPage, id, incident: key, at: new Date().toISOString(), alerts: [{ ...cpuAlert, key }] };
}

/** Gives a page again at once, as the queue does after its time-out; true where it is done with. */
async function again(sink: string, page: Page): Promise<boolean> {
  const { batchItemFailures } = await stage.invoke(sink, batchOf(page));
  return batchItemFailures.length === 0;
}

const deny = { kind: 'deny' } as const;

test('where the place of its secret hangs, the fallback is told of a page that has waited for too long', async () => {
  const page = { ...newPage('no-secret'), at: new Date(Date.now() - 11 * 60_000).toISOString() };
  await stage.takePages('hook');
  const hang = { kind: 'latency', milliseconds: 6_000 } as const;
  stage.stack.gateway.faults.order({ effect: hang, service: 'secretsmanager' });
  expect(await stage.deliver('pager', page)).toEqual([page.id]);
  stage.stack.gateway.faults.clear();
  expect(await stage.takePages('hook')).toMatchObject([
    {
      kind: 'undelivered',
      note: 'The sink pager did not take this: its secret nightshift/pager could not be read (TimeoutError).',
    },
  ]);
}, 30_000);

test('a service that hangs at one page holds up no other of its batch', async () => {
  const [stuck, free] = [newPage('stuck'), newPage('free')];
  // Longer than the invocation waits, and not so long that the call is given up and tried again.
  const hang = { kind: 'latency', milliseconds: 4_000 } as const;
  stage.stack.gateway.faults.order({ effect: hang, service: 'dynamodb', action: 'PutItem', times: 1 });
  const batch = batchOf(stuck, free);
  const { batchItemFailures } = await stage.invoke('hook', batch, 4_000);
  stage.stack.gateway.faults.clear();
  expect(batchItemFailures).toHaveLength(1);
  const failed = batch.Records.find(({ messageId }) => messageId === batchItemFailures[0]?.itemIdentifier);
  const taken = (id: string) => stage.fakes.hook.taken.some(({ page }) => page.id === id);
  expect([stuck, free].filter(({ id }) => taken(id))).toHaveLength(1);
  expect(taken(JSON.parse(failed?.body ?? '').id)).toBe(false);
  // What was waited for no longer comes to its end all the same, and once.
  await eventually(async () => ((await stage.receipts('hook')).length === 2 ? true : undefined));
  expect(stage.fakes.hook.taken.map(({ page }) => page.id).sort()).toEqual([free.id, stuck.id]);
}, 30_000);

test('without a place for its receipt, a page is sent all the same, and its receipt is written later', async () => {
  const page = newPage('no-receipt');
  stage.stack.gateway.faults.order({ effect: deny, service: 's3' });
  expect(await stage.deliver('chat', page)).toEqual([page.id]);
  expect(stage.fakes.chat.taken).toHaveLength(1);
  stage.stack.gateway.faults.clear();
  expect(await again('chat', page)).toBe(true);
  expect(stage.fakes.chat.taken).toHaveLength(1);
  expect(await stage.receipts('chat')).toMatchObject([{ page: page.id, attempts: 1 }]);
  expect(await stage.takePages('hook')).toEqual([]);
});

test('without memory nothing is sent, and what was not sent is sent later', async () => {
  const page = newPage('no-memory');
  stage.stack.gateway.faults.order({ effect: deny, service: 'dynamodb' });
  expect(await stage.deliver('teams', page)).toEqual([page.id]);
  expect(stage.fakes.teams.taken).toEqual([]);
  stage.stack.gateway.faults.clear();
  expect(await again('teams', page)).toBe(true);
  expect(stage.fakes.teams.taken).toHaveLength(1);
});

test('what was sent and cannot be remembered is not sent again', async () => {
  const page: Page = { ...newPage('forgotten'), kind: 'reminder', effect: 'none' };
  stage.stack.gateway.faults.order({ effect: deny, service: 'dynamodb', action: 'UpdateItem' });
  expect(await stage.deliver('chat', page)).toEqual([]);
  stage.stack.gateway.faults.clear();
  expect(
    stage.fakes.chat.taken.filter(({ blocks }) => JSON.stringify(blocks).includes(page.id)),
  ).toHaveLength(1);
  expect(await stage.receipts('chat')).toContainEqual(expect.objectContaining({ page: page.id }));
});

test('what was sent and leaves nothing behind at all is not sent again', async () => {
  const page: Page = { ...newPage('traceless'), kind: 'reminder', effect: 'none' };
  stage.stack.gateway.faults.order({ effect: deny, service: 'dynamodb', action: 'UpdateItem' });
  stage.stack.gateway.faults.order({ effect: deny, service: 's3' });
  expect(await stage.deliver('bot', page)).toEqual([]);
  stage.stack.gateway.faults.clear();
  expect(stage.fakes.bot.taken).toHaveLength(1);
});

test('of a message that nobody can read, and that cannot be buried at first, people hear once', async () => {
  const { Records } = batchOf(newPage('unreadable'));
  const event = { Records: Records.map((record) => ({ ...record, body: 'not a page' })) };
  stage.stack.gateway.faults.order({ effect: deny, service: 'sqs', action: 'SendMessage' });
  expect((await stage.invoke('teams', event)).batchItemFailures).toHaveLength(1);
  stage.stack.gateway.faults.clear();
  expect((await stage.invoke('teams', event)).batchItemFailures).toEqual([]);
  expect(await stage.heard('alerts')).toHaveLength(1);
  expect(await stage.deadLetters('teams')).toHaveLength(1);
});

test('where the fallback cannot be told, the page is not given up', async () => {
  const page = newPage('no-fallback');
  stage.fakes.chat.next({ kind: 'answer', status: 404 }, { kind: 'answer', status: 404 });
  stage.stack.gateway.faults.order({ effect: deny, service: 'sns' });
  expect(await stage.deliver('chat', page)).toEqual([page.id]);
  expect(await stage.deadLetters('chat')).toEqual([]);
  stage.stack.gateway.faults.clear();
  expect(await again('chat', page)).toBe(true);
  expect(await stage.deadLetters('chat')).toHaveLength(1);
  expect(await stage.takePages('hook')).toMatchObject([{ kind: 'undelivered', incident: page.incident }]);
});

test('a topic that is not there is a refusal, and one that is throttled is not', async () => {
  const page = newPage('throttled');
  stage.stack.gateway.faults.order({ effect: deny, service: 'sns', action: 'Publish', times: 1 });
  expect(await stage.deliver('topic', page)).toEqual([]);
  expect(await stage.deadLetters('topic')).toMatchObject([
    { refusal: expect.stringMatching(/^SNS answered AccessDenied\w* for arn:aws:sns:/) },
  ]);
  stage.stack.gateway.faults.order({ effect: { kind: 'error', status: 503 }, service: 'sns', times: 3 });
  expect(await again('topic', newPage('busy'))).toBe(true);
}, 60_000);
