import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmPage, cpuAlert, digestPage, recoveryPage } from '../../../support/alarm-pages.ts';
import { type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';

/** Pages on real queues, to a sink of each kind. */

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await startDeliveryStage();
}, 60_000);
afterAll(() => stage?.stop());

let made = 0;
/** A page of an alarm that no other test knows. */
function newPage(page: Page = alarmPage, more: Partial<Page> = {}): Page {
  made++;
  const key = `${cpuAlert.key}-${made}`;
  return {
    ...page,
    id: made.toString(16).padStart(32, '0'),
    incident: key,
    at: new Date().toISOString(),
    alerts: page.alerts.map((alert) => ({ ...alert, key })),
    ...more,
  };
}

/** The recovery of a page's alarm, some minutes later. */
function recoveryOf(page: Page): Page {
  const over = newPage(recoveryPage);
  return {
    ...over,
    incident: page.incident,
    alerts: over.alerts.map((alert) => ({ ...alert, key: page.incident })),
  };
}

test.each(['chat', 'bot', 'teams', 'pager', 'hook'] as const)(
  '%s takes an alarm, its recovery and a storm, each once, with a receipt',
  async (sink) => {
    const page = newPage();
    const storm = newPage(digestPage(10_000));
    const before = stage.fakes[sink].taken.length;
    expect(await stage.deliver(sink, page)).toEqual([]);
    expect(await stage.deliver(sink, recoveryOf(page), storm)).toEqual([]);
    // The queue gives it twice.
    expect(await stage.deliver(sink, page, storm)).toEqual([]);
    expect(stage.fakes[sink].taken).toHaveLength(before + 3);
    expect(stage.fakes[sink].faults).toEqual([]);
    const receipts = await stage.receipts(sink);
    expect(receipts.find((receipt) => receipt.page === page.id)).toEqual({
      version: 1,
      page: page.id,
      kind: 'alarm',
      stage: 'prod',
      sink,
      incident: page.incident,
      alarms: [page.incident],
      attempts: 1,
      madeAt: page.at,
      firstTriedAt: expect.stringMatching(/Z$/),
      deliveredAt: expect.stringMatching(/Z$/),
      latencyMs: expect.any(Number),
      answer: {
        status: sink === 'teams' || sink === 'pager' ? 202 : 200,
        words: { chat: 'ok', bot: null, teams: null, pager: 'Event processed', hook: null }[sink],
        ts: sink === 'bot' ? expect.stringMatching(/^\d+\.\d+$/) : null,
      },
    });
    expect(receipts).toHaveLength(3);
  },
);

test('what is said of an alarm in Slack', async () => {
  const page = newPage();
  await stage.deliver('chat', page);
  const { text, blocks = [] } = stage.fakes.chat.taken.at(-1) ?? {};
  expect(text).toBe('CRITICAL: menotime-cpu. CPUUtilization of menotime-prod is 91.2 %, over 80 %');
  expect(blocks[0]).toMatchObject({ text: { text: '🔴 CRITICAL: menotime-cpu' } });
  expect(blocks[1]).toMatchObject({ text: { text: 'CPUUtilization of menotime-prod is 91.2 %, over 80 %' } });
  expect(JSON.stringify(blocks)).toContain('On since: 2026-11-21 10:00:00 UTC');
  expect(JSON.stringify(blocks)).toContain('Trend: rose from 41 % to 93 % within 30 minutes');
  expect(JSON.stringify(blocks)).toContain('<https://wiki.example.com/runbooks/cpu|Runbook>');
  expect(JSON.stringify(blocks)).toContain('1 min, active: SELECT * FROM visits WHERE patient_id = $1');
});

test("a recovery answers its alarm in Slack's thread, and is shown in the channel", async () => {
  const page = newPage();
  const over = recoveryOf(page);
  await stage.deliver('bot', page);
  const root = stage.fakes.bot.taken.at(-1);
  await stage.deliver('bot', {
    ...newPage(page),
    kind: 'reminder',
    incident: page.incident,
    alerts: page.alerts,
  });
  expect(stage.fakes.bot.taken.at(-1)).toMatchObject({ thread_ts: root?.ts });
  await stage.deliver('bot', over);
  expect(stage.fakes.bot.taken.at(-1)).toMatchObject({ thread_ts: root?.ts, reply_broadcast: true });
});

test('an alarm that comes after its recovery says so', async () => {
  const page = newPage();
  await stage.deliver('chat', recoveryOf(page));
  await stage.deliver('chat', page);
  const blocks = JSON.stringify(stage.fakes.chat.taken.at(-1)?.blocks);
  expect(blocks).toContain('This comes late: it has been over since 2026-11-21 10:20:00 UTC');
});

test('a page and a heartbeat are counted once, however often the queue gives them', async () => {
  const lines: string[] = [];
  const written = jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((text) => lines.push(String(text)) > 0);
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  const page = newPage(alarmPage, { kind: 'heartbeat', effect: 'none' });
  for (let time = 0; time < 3; time++) expect(await stage.deliver('chat', page)).toEqual([]);
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
  written.mockRestore();
  for (const metric of ['PagesDelivered', 'HeartbeatDelivered', 'DeliveryLatency'])
    expect([metric, lines.filter((line) => line.includes(`"${metric}":`)).length]).toEqual([metric, 1]);
});

test('a sink of SNS and one of e-mail publish text', async () => {
  const page = newPage();
  expect(await stage.deliver('topic', page)).toEqual([]);
  expect(await stage.deliver('mail', page)).toEqual([]);
  for (const name of ['people', 'mail'] as const) {
    const [message] = await stage.heard(name);
    expect(message?.Subject).toBe('CRITICAL: menotime-cpu');
    expect(message?.Message).toContain('CPUUtilization of menotime-prod is 91.2 %, over 80 %');
    expect(message?.Message).toContain('Database: menotime (instance menotime-prod)');
  }
});

test('a heartbeat goes through PagerDuty without an incident', async () => {
  const page = newPage(alarmPage, { kind: 'heartbeat', effect: 'none' });
  expect(await stage.deliver('pager', page)).toEqual([]);
  expect(stage.fakes.pager.taken.at(-1)).toMatchObject({ event_action: 'resolve', dedup_key: page.incident });
  expect(stage.fakes.pager.incidents.has(page.incident)).toBe(false);
});

test('what is no page is buried and told, and stops no other', async () => {
  const page = newPage();
  await stage.put('chat', '{"version":2}');
  await stage.put('chat', page);
  const taken = stage.fakes.chat.taken.length;
  expect(await stage.take('chat', 2)).toEqual([]);
  expect(stage.fakes.chat.taken).toHaveLength(taken + 1);
  expect(await stage.deadLetters('chat')).toEqual([
    { body: '{"version":2}', refusal: expect.stringContaining('no page of alarm-fanout') },
  ]);
  expect(await stage.heard('alerts')).toMatchObject([
    { Subject: 'Nightshift test: a message to chat cannot be read' },
  ]);
});

test('an event that is no batch is refused', async () => {
  await expect(stage.invoke('chat', { detail: {} })).rejects.toThrow(/starts from its queue/);
});
