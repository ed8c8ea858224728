import {
  ChangeMessageVisibilityCommand,
  type ChangeMessageVisibilityCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { pageMaker } from '../../../support/alarm-pages.ts';
import type { Misbehaviour } from '../../../support/alarm-sinks.ts';
import { type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';

/** What sinks do instead of taking a page, and what becomes of it. */

let stage: DeliveryStage;
const hidden: ChangeMessageVisibilityCommandInput[] = [];
beforeAll(async () => {
  const { send } = SQSClient.prototype;
  jest.spyOn(SQSClient.prototype, 'send').mockImplementation(function (this: SQSClient, command: unknown) {
    if (command instanceof ChangeMessageVisibilityCommand) hidden.push(command.input);
    return Reflect.apply(send, this, [command]) as never;
  });
  stage = await startDeliveryStage();
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  jest.restoreAllMocks();
});

const newPage = pageMaker();

const answer = (status: number, headers: Record<string, string> = {}, body = ''): Misbehaviour => ({
  kind: 'answer',
  status,
  headers,
  body,
});

/** Seconds that messages of a sink's queue were hidden for, in the order in which it was asked for. */
function hiddenFor(sink: string): number[] {
  return hidden.flatMap(({ QueueUrl, VisibilityTimeout = -1 }) =>
    QueueUrl?.endsWith(stage.names.sinkQueue(sink)) ? [VisibilityTimeout] : [],
  );
}

test('429 is waited for as long as it says, in seconds or until a date, and then taken', async () => {
  const page = newPage();
  stage.fakes.chat.next(answer(429, { 'retry-after': '1' }));
  expect(await stage.deliver('chat', page)).toEqual([page.id]);
  expect(hiddenFor('chat')).toEqual([1]);
  expect(await stage.take('chat', 1)).toEqual([]);
  expect(stage.fakes.chat.taken).toHaveLength(1);
  expect((await stage.receipts('chat'))[0]).toMatchObject({ attempts: 2 });

  const until = new Date(Date.now() + 90_000).toUTCString();
  stage.fakes.pager.next(answer(429, { 'retry-after': until }));
  const later = newPage();
  expect(await stage.deliver('pager', later)).toEqual([later.id]);
  const [seconds = 0] = hiddenFor('pager');
  expect(seconds).toBeGreaterThan(60);
  expect(seconds).toBeLessThanOrEqual(90);
});

test('500, a hang, a broken connection, an endless body and garbage are tried again', async () => {
  const bot = stage.fakes.bot;
  const pages = Array.from({ length: 5 }, () => newPage());
  bot.next(
    answer(500),
    { kind: 'hang' },
    { kind: 'drop' },
    { kind: 'slow body' },
    answer(200, {}, '<html>proxy</html>'),
  );
  const failed = await stage.deliver('bot', ...pages);
  expect(failed.sort()).toEqual(pages.map(({ id }) => id).sort());
  for (const seconds of hiddenFor('bot')) {
    expect(seconds).toBeGreaterThanOrEqual(7);
    expect(seconds).toBeLessThanOrEqual(10);
  }
  expect(await stage.receipts('bot')).toEqual([]);
  // Nobody is told elsewhere: it is too early.
  expect(await stage.takePages('hook')).toEqual([]);
}, 30_000);

test('a sink that is down is tried again', async () => {
  const page = newPage();
  stage.fakes.teams.down(true);
  expect(await stage.deliver('teams', page)).toEqual([page.id]);
  stage.fakes.teams.down(false);
});

test('a page that is being sent already comes again once that is over, and not before', async () => {
  const page = newPage();
  stage.fakes.hook.next({ kind: 'late', milliseconds: 1_000 });
  expect(await stage.deliver('hook', page, page)).toEqual([page.id]);
  expect(hiddenFor('hook')).toEqual([15]);
  expect(stage.fakes.hook.taken.filter((taken) => taken.page.id === page.id)).toHaveLength(1);
});

test("what Slack's bot answers with 200 is read: some pass, some do not", async () => {
  const { bot } = stage.fakes;
  const passing = newPage();
  bot.next(answer(200, { 'retry-after': '30' }, '{"ok":false,"error":"ratelimited"}'));
  expect(await stage.deliver('bot', passing)).toEqual([passing.id]);
  expect(hiddenFor('bot').at(-1)).toBe(30);
  const lasting = newPage();
  bot.next(answer(200, {}, '{"ok":false,"error":"channel_not_found"}'));
  expect(await stage.deliver('bot', lasting)).toEqual([]);
  expect(await stage.deadLetters('bot')).toMatchObject([{ refusal: 'it answered channel_not_found' }]);
  expect(await stage.takePages('hook')).toHaveLength(1);
});

test('the fallback is told once of a page that waits too long, which is tried on', async () => {
  const at = new Date(Date.now() - 11 * 60_000).toISOString();
  const page = newPage({ at });
  await stage.takePages('hook');
  stage.fakes.chat.next(answer(503, { 'retry-after': '1' }), answer(503, { 'retry-after': '1' }));
  expect(await stage.deliver('chat', page)).toEqual([page.id]);
  expect(await stage.take('chat', 1)).toEqual([page.id]);
  // As it asked, and then longer.
  expect(hiddenFor('chat').slice(-2)).toEqual([1, 2]);
  expect(await stage.takePages('hook')).toMatchObject([
    { kind: 'undelivered', note: 'The sink chat did not take this: it answered 503.' },
  ]);
  const taken = stage.fakes.chat.taken.length;
  expect(await stage.take('chat', 1)).toEqual([]);
  expect(stage.fakes.chat.taken).toHaveLength(taken + 1);
});
