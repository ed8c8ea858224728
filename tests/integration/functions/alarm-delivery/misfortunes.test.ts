import {
  ChangeMessageVisibilityCommand,
  type ChangeMessageVisibilityCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmPage, context, cpuAlert } from '../../../support/alarm-pages.ts';
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

let made = 0;
function newPage(more: Partial<Page> = {}): Page {
  made++;
  const key = `${cpuAlert.key}-${made}`;
  const id = made.toString(16).padStart(32, '0');
  return {
    ...alarmPage,
    id,
    incident: key,
    at: new Date().toISOString(),
    alerts: [{ ...cpuAlert, key }],
    ...more,
  };
}

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

test('404 is buried with the reason, and told to the fallback at once', async () => {
  const page = newPage();
  stage.fakes.chat.next(answer(404, {}, 'no_service'));
  expect(await stage.deliver('chat', page)).toEqual([]);
  expect(await stage.deadLetters('chat')).toEqual([
    { body: JSON.stringify(page), refusal: 'it answered 404 (no_service)' },
  ]);
  const [told] = await stage.takePages('hook');
  expect(told).toMatchObject({
    kind: 'undelivered',
    incident: page.incident,
    effect: 'opens',
    note: 'The sink chat did not take this: it answered 404 (no_service).',
  });
  // From among the dead letters it is sent again like any other.
  expect(await stage.deliver('chat', page)).toEqual([]);
  expect(stage.fakes.chat.taken.at(-1)?.text).toBe('CRITICAL: menotime-cpu');
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

test('a message whose form is refused is sent without its picture and blocks at once', async () => {
  const page = newPage({ context });
  stage.fakes.chat.next(answer(400, {}, 'invalid_blocks'), null);
  expect(await stage.deliver('chat', page)).toEqual([]);
  const taken = stage.fakes.chat.taken.at(-1);
  expect(taken?.blocks).toBeUndefined();
  expect(taken?.text).toContain('Database: menotime (instance menotime-prod)');
});

test('a thread that is gone is not answered, but the page is sent', async () => {
  const page = newPage();
  await stage.deliver('bot', page);
  const over: Page = { ...newPage(), kind: 'recovery', effect: 'resolves', incident: page.incident };
  stage.fakes.bot.next(answer(200, {}, '{"ok":false,"error":"thread_not_found"}'));
  expect(await stage.deliver('bot', over)).toEqual([]);
  expect(stage.fakes.bot.taken.at(-1)?.thread_ts).toBeUndefined();
});

test('a secret that was rotated is read anew, at once', async () => {
  const { hook } = stage.fakes;
  stage.give('hook', JSON.stringify({ ...(JSON.parse(hook.secret) as object), key: 'of last month' }));
  hook.next(answer(200));
  expect(await stage.deliver('hook', newPage())).toEqual([]);
  // The old one is kept for five minutes.
  stage.give('hook');
  const taken = hook.taken.length;
  expect(await stage.deliver('hook', newPage())).toEqual([]);
  expect(hook.faults).toEqual(['a signature that does not fit']);
  expect(hook.taken).toHaveLength(taken + 1);
});

test('a secret that is missing or unfit is a refusal that says what is wrong, without quoting it', async () => {
  stage.give('teams', 'https//typing-slip.example.com/sig=abcdefgh');
  const page = newPage();
  const before = (await stage.deadLetters('teams')).length;
  // What is kept still works; what refuses makes it read anew.
  stage.fakes.teams.next(answer(401));
  expect(await stage.deliver('teams', page)).toEqual([]);
  const [letter] = (await stage.deadLetters('teams')).slice(before);
  expect(letter?.refusal).toContain('its secret does not hold what was expected: the address of a webhook');
  expect(JSON.stringify(letter)).not.toContain('typing-slip');
  stage.give('teams');
});

test('a redirection within the host is followed where it keeps the method, and any other is refused', async () => {
  const { teams, chat } = stage.fakes;
  const path = new URL(chat.secret).pathname;
  chat.next(answer(308, { location: path }), null);
  const taken = chat.taken.length;
  expect(await stage.deliver('chat', newPage())).toEqual([]);
  expect(chat.taken).toHaveLength(taken + 1);
  const others = teams.requests.length;
  chat.next(answer(307, { location: teams.secret }));
  expect(await stage.deliver('chat', newPage())).toEqual([]);
  expect(await stage.deadLetters('chat')).toMatchObject([
    { refusal: expect.stringContaining('another host') },
  ]);
  expect(teams.requests).toHaveLength(others);
});

test('the fallback is told once of a page that waits too long, which is tried on', async () => {
  const at = new Date(Date.now() - 11 * 60_000).toISOString();
  const page = newPage({ at });
  await stage.takePages('hook');
  stage.fakes.chat.next(answer(503, { 'retry-after': '1' }), answer(503, { 'retry-after': '1' }));
  expect(await stage.deliver('chat', page)).toEqual([page.id]);
  expect(await stage.take('chat', 1)).toEqual([page.id]);
  expect(hiddenFor('chat').slice(-2)).toEqual([1, 1]);
  expect(await stage.takePages('hook')).toMatchObject([
    { kind: 'undelivered', note: 'The sink chat did not take this: it answered 503.' },
  ]);
  const taken = stage.fakes.chat.taken.length;
  expect(await stage.take('chat', 1)).toEqual([]);
  expect(stage.fakes.chat.taken).toHaveLength(taken + 1);
});

test('a fallback that does not take a page itself tells the alert topic', async () => {
  stage.fakes.hook.next(answer(410));
  const page = newPage();
  expect(await stage.deliver('hook', page)).toEqual([]);
  const [message] = await stage.heard('alerts');
  expect(message?.Subject).toBe('Not delivered elsewhere: CRITICAL: menotime-cpu');
  expect(message?.Message).toContain('The sink hook did not take this: it answered 410.');
  expect(await stage.takePages('hook')).toEqual([]);
});
