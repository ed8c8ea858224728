import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { deliveryRoleResources } from '../../../../infra/aws/alarm-delivery-access.ts';
import { mostReceives } from '../../../../shared/alarm/most-receives.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { cpuAlert, pageMaker } from '../../../support/alarm-pages.ts';
import type { Misbehaviour } from '../../../support/alarm-sinks.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { batchOf, type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';
import { localClients } from '../../../support/local-clients.ts';

/** Whoever was told of an alarm instead of its sink hears of its end as well, and nothing is given up untold. */

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await startDeliveryStage();
}, 60_000);
afterAll(() => stage?.stop());
beforeEach(async () => {
  await stage.takePages('hook');
});

const newPage = pageMaker();

const answer = (status: number): Misbehaviour => ({ kind: 'answer', status });

/** The recovery of a page's alarm, twenty minutes later. */
function recoveryOf(page: Page): Page {
  const at = '2026-11-21T10:20:00.000Z';
  const alerts = page.alerts.map((alert) => ({ ...alert, state: 'OK' as const, at }));
  return newPage({ kind: 'recovery', effect: 'resolves', incident: page.incident, alerts });
}

test('a recovery that the sink takes goes to the fallback too, where that was told of the alarm', async () => {
  const page = newPage();
  stage.fakes.chat.always(() => answer(404));
  await stage.deliver('chat', page);
  stage.fakes.chat.always(null);
  const over = recoveryOf(page);
  expect(await stage.deliver('chat', over)).toEqual([]);
  expect(await stage.deliver('chat', over)).toEqual([]);
  const told = await stage.takePages('hook');
  expect(told).toMatchObject([
    { kind: 'undelivered', effect: 'opens', incident: page.incident, sinks: ['hook'] },
    {
      kind: 'recovery',
      effect: 'resolves',
      incident: page.incident,
      sinks: ['hook'],
      note: 'The alarm was told here because the sink chat did not take it.',
    },
  ]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(2);
});

test('an alarm that the sink takes when it rings again is over for the sink alone', async () => {
  const page = newPage();
  stage.fakes.chat.next(answer(404));
  await stage.deliver('chat', page);
  await stage.deliver('chat', recoveryOf(page));
  await stage.takePages('hook');
  const moved = (from: Page, at: string): Page => ({
    ...from,
    alerts: from.alerts.map((alert) => ({ ...alert, at })),
  });
  const again = moved(
    { ...newPage(), incident: page.incident, alerts: page.alerts },
    '2026-11-21T11:00:00.000Z',
  );
  await stage.deliver('chat', again);
  await stage.deliver('chat', moved(recoveryOf(page), '2026-11-21T11:10:00.000Z'));
  expect(await stage.takePages('hook')).toEqual([]);
});

test('one that the sink does not take either goes there once', async () => {
  const page = newPage();
  stage.fakes.chat.always(() => answer(404));
  await stage.deliver('chat', page);
  await stage.deliver('chat', recoveryOf(page));
  stage.fakes.chat.always(null);
  const told = await stage.takePages('hook');
  expect(told.map(({ kind, effect }) => [kind, effect])).toEqual([
    ['undelivered', 'opens'],
    ['undelivered', 'resolves'],
  ]);
});

test('where the alarm comes after its recovery and is not taken, the fallback hears of both', async () => {
  const page = newPage();
  await stage.deliver('chat', recoveryOf(page));
  stage.fakes.chat.always(() => answer(404));
  await stage.deliver('chat', page);
  stage.fakes.chat.always(null);
  const told = await stage.takePages('hook');
  expect(told.map(({ kind, effect, alerts }) => [kind, effect, alerts[0]?.state, alerts[0]?.at])).toEqual([
    ['undelivered', 'opens', 'ALARM', cpuAlert.at],
    ['recovery', 'resolves', 'OK', '2026-11-21T10:20:00.000Z'],
  ]);
});

test('a fallback that the recovery goes to anyway hears of it once', async () => {
  const page = newPage({ sinks: ['chat', 'hook'] });
  stage.fakes.chat.next(answer(404));
  await stage.deliver('chat', page);
  await stage.deliver('chat', { ...recoveryOf(page), sinks: ['chat', 'hook'] });
  expect((await stage.takePages('hook')).map(({ kind }) => kind)).toEqual(['undelivered']);
});

test('of an alarm that the sink took, the fallback hears nothing', async () => {
  const page = newPage();
  await stage.deliver('chat', page);
  await stage.deliver('chat', recoveryOf(page));
  expect(await stage.takePages('hook')).toEqual([]);
});

test('without another sink to tell, the alert topic hears of the end', async () => {
  const page = newPage();
  stage.fakes.hook.always(() => answer(404));
  await stage.deliver('hook', page);
  stage.fakes.hook.always(null);
  await stage.deliver('hook', recoveryOf(page));
  expect((await stage.heard('alerts')).map(({ Subject }) => Subject)).toEqual([
    'Not delivered elsewhere: CRITICAL: menotime-cpu',
    'Over: menotime-cpu',
  ]);
});

/** As the queue gives it after so many tries, or so many days. */
function givenLate(page: Page, attributes: Record<string, string>): SQSEvent {
  const { Records } = batchOf(page);
  return {
    Records: Records.map((record) => ({ ...record, attributes: { ...record.attributes, ...attributes } })),
  };
}

test.each([
  ['calls it dead', { ApproximateReceiveCount: String(mostReceives - 1) }],
  ['forgets it', { SentTimestamp: String(Date.now() - 13.5 * 86_400_000) }],
])('before the queue %s, a page is given up, and told', async (_what, attributes) => {
  const page = newPage();
  stage.fakes.teams.next(answer(503));
  const response = await stage.invoke('teams', givenLate(page, attributes));
  expect(response.batchItemFailures).toEqual([]);
  expect(await stage.deadLetters('teams')).toEqual([
    { body: JSON.stringify(page), refusal: 'it answered 503, at the last try' },
  ]);
  expect(await stage.takePages('hook')).toMatchObject([{ kind: 'undelivered', incident: page.incident }]);
});

test('one that a sink keeps waiting for longer than the queue remembers it is given up, and told', async () => {
  const page = newPage();
  const sent = { SentTimestamp: String(Date.now() - 12.8 * 86_400_000) };
  stage.fakes.pager.next({ kind: 'answer', status: 429, headers: { 'retry-after': '36000' } });
  expect((await stage.invoke('pager', givenLate(page, sent))).batchItemFailures).toEqual([]);
  expect(await stage.deadLetters('pager')).toHaveLength(1);
});

test('the receipt of a page that was tried again says since when, and how often', async () => {
  const page = newPage();
  const first = new Date(Date.now() - 3_600_000);
  const attributes = {
    ApproximateReceiveCount: '7',
    ApproximateFirstReceiveTimestamp: String(first.getTime()),
    SentTimestamp: String(first.getTime() - 60_000),
  };
  expect((await stage.invoke('topic', givenLate(page, attributes))).batchItemFailures).toEqual([]);
  expect(await stage.receipts('topic')).toMatchObject([
    { page: page.id, attempts: 7, firstTriedAt: first.toISOString() },
  ]);
});

test('what is remembered of one sink lies where its function’s role reaches, and no other’s', async () => {
  const page = newPage();
  stage.fakes.bot.next(answer(404));
  await stage.deliver('bot', page);
  await stage.deliver('bot', newPage());
  const clients = localClients({ endpoint: stage.stack.endpoint });
  const { Items = [] } = await clients.dynamo.send(new ScanCommand({ TableName: stage.names.deliveryTable }));
  clients.destroyAll();
  const ids = Items.map(({ id }) => String(id?.S));
  const reached = (sink: string) => {
    const { [`SinkRole${sink}`]: role } = deliveryRoleResources(
      deployed({ shop: drilledInput }, { alarms: alarmsInput }),
    );
    const keys =
      /"dynamodb:LeadingKeys":\["(delivered[^"]*)\*","(told[^"]*)\*"\]/.exec(JSON.stringify(role)) ?? [];
    return ids.filter((id) => keys.slice(1).some((begins) => id.startsWith(begins)));
  };
  expect(
    reached('Bot')
      .map((id) => id.split('#')[0])
      .sort(),
  ).toEqual(['delivered-bot', 'told-elsewhere-bot']);
  expect(reached('Chat').length).toBeGreaterThan(2);
  expect(reached('Chat').filter((id) => reached('Bot').includes(id))).toEqual([]);
});
