import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { secretsOf } from '../../../../functions/alarm-delivery/secrets.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { context, cpuAlert, pageMaker } from '../../../support/alarm-pages.ts';
import type { Misbehaviour } from '../../../support/alarm-sinks.ts';
import { type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';

/** What sinks refuse: what is tried at once, and who is told of the rest. */

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await startDeliveryStage();
}, 60_000);
afterAll(() => stage?.stop());

const newPage = pageMaker();

const answer = (status: number, headers: Record<string, string> = {}, body = ''): Misbehaviour => ({
  kind: 'answer',
  status,
  headers,
  body,
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
  expect(stage.fakes.chat.taken.at(-1)?.text).toMatch(/^CRITICAL: menotime-cpu\./);
});

test('a message whose form is refused is sent without its picture and blocks at once', async () => {
  const page = newPage({ context });
  stage.fakes.chat.next(answer(400, {}, 'invalid_blocks'), null);
  expect(await stage.deliver('chat', page)).toEqual([]);
  const taken = stage.fakes.chat.taken.at(-1);
  expect(taken?.blocks).toBeUndefined();
  expect(taken?.text).toContain('Database: menotime (instance menotime-prod)');
});

test('all that a sink minds is mended, one after the other', async () => {
  const page = newPage();
  await stage.deliver('bot', page);
  const over: Page = {
    ...newPage({ context }),
    kind: 'recovery',
    effect: 'resolves',
    incident: page.incident,
  };
  const said = (error: string) => answer(200, {}, JSON.stringify({ ok: false, error }));
  stage.fakes.bot.next(said('thread_not_found'), said('invalid_blocks'), null);
  expect(await stage.deliver('bot', over)).toEqual([]);
  const taken = stage.fakes.bot.taken.at(-1);
  expect(taken?.thread_ts).toBeUndefined();
  expect(taken?.blocks).toBeUndefined();
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

test('a routing key that was changed is read anew, though PagerDuty calls it an event that is wrong', async () => {
  const { pager } = stage.fakes;
  const kept = pager.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  stage.give('pager', kept);
  // Whatever was kept before: now it is this one.
  pager.always(() => answer(401));
  await stage.deliver('pager', newPage());
  pager.always(null);
  stage.give('pager');
  const page = newPage();
  expect(await stage.deliver('pager', page)).toEqual([]);
  expect(pager.taken.at(-1)).toMatchObject({ dedup_key: page.incident });
});

test('a webhook that was switched off answers as it likes: its new address is read anew', async () => {
  const { teams } = stage.fakes;
  const off = answer(400, {}, '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"…"}}');
  stage.give('teams', `${teams.secret}&old=1`);
  // Whatever was kept before: now it is this one.
  teams.always(() => answer(401));
  await stage.deliver('teams', newPage());
  teams.always((request) => (teams.requests[request - 1]?.path.endsWith('&old=1') ? off : null));
  stage.give('teams');
  const taken = teams.taken.length;
  expect(await stage.deliver('teams', newPage())).toEqual([]);
  teams.always(null);
  expect(teams.taken).toHaveLength(taken + 1);
});

test('a secret that was empty is read anew once it is filled', async () => {
  const secrets = secretsOf('us-west-1');
  const read = () => secrets.read('nightshift/later');
  stage.stack.secrets.put({ name: 'nightshift/later', value: ' ', region: 'us-west-1' });
  await expect(read()).rejects.toThrow('its secret nightshift/later is empty, or no text');
  stage.stack.secrets.put({ name: 'nightshift/later', value: 'filled', region: 'us-west-1' });
  expect(await read()).toBe('filled');
});

test('PagerDuty is woken by the least that it takes, and a receiver of pages gets the least that says it', async () => {
  const page = newPage({ context, alerts: Array.from({ length: 50 }, () => cpuAlert) });
  const { pager, hook } = stage.fakes;
  pager.next(answer(400, {}, '{"status":"invalid event","message":"Event object is invalid"}'), null);
  expect(await stage.deliver('pager', page)).toEqual([]);
  expect(pager.taken.at(-1)).toMatchObject({ event_action: 'trigger', links: [], images: [] });
  // What the tests above told it.
  await stage.takePages('hook');
  hook.next(answer(413), null);
  expect(await stage.deliver('hook', page)).toEqual([]);
  expect(hook.taken.at(-1)).toMatchObject({ page: { id: page.id }, leftOut: { context: false } });
  expect(hook.requests.at(-1)?.body.length).toBeLessThanOrEqual(8 * 1_024);
});

test('an address with a user in it is refused at once, and not quoted', async () => {
  const { url, key } = JSON.parse(stage.fakes.hook.secret) as { url: string; key: string };
  stage.give('hook', JSON.stringify({ url: url.replace('http://', 'http://me:mine@'), key }));
  stage.fakes.hook.next(answer(401));
  expect(await stage.deliver('hook', newPage())).toEqual([]);
  stage.give('hook');
  const [letter] = await stage.deadLetters('hook');
  expect(letter?.refusal).toContain('and no user and password in the address');
  expect(letter?.refusal).not.toContain('mine');
  await stage.heard('alerts');
});

test('a secret that is missing or unfit is a refusal that says what is wrong, without quoting it', async () => {
  stage.give('teams', 'https//typing-slip.example.com/sig=abcdefgh');
  const page = newPage();
  // What the tests above buried.
  await stage.deadLetters('teams');
  // What is kept still works; what refuses makes it read anew.
  stage.fakes.teams.next(answer(401));
  expect(await stage.deliver('teams', page)).toEqual([]);
  const [letter] = await stage.deadLetters('teams');
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

test('a fallback that does not take a page itself tells the alert topic', async () => {
  // What the tests above told it.
  await stage.takePages('hook');
  stage.fakes.hook.next(answer(410));
  const page = newPage();
  expect(await stage.deliver('hook', page)).toEqual([]);
  const [message] = await stage.heard('alerts');
  expect(message?.Subject).toBe('Not delivered elsewhere: CRITICAL: menotime-cpu');
  expect(message?.Message).toContain('The sink hook did not take this: it answered 410.');
  // What is called failed goes from there into the pipe again.
  expect(message?.MessageAttributes.status?.Value).toBe('undelivered');
  expect(await stage.takePages('hook')).toEqual([]);
});
