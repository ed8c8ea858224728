import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Severity, severities } from '../../shared/alarm/severity.ts';
import { isLong, rounds } from '../support/long-runs.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/** Many alarms at once, of three severities and to two sinks: few messages, and none of the alarms unaccounted for. */

const alarms = rounds(100, 1_000);
const stormSeconds = rounds(1, 10);
/** It outlasts the storm here, too, where DynamoDB is a small local server and the machine has others to serve. */
const windowSeconds = rounds(15, 240);
const mostMessages = 5;
const patienceMs = rounds(120_000, 1_200_000);

const names = Array.from(
  { length: alarms },
  (_, index) => `storm-${severities[index % severities.length]}-${String(index).padStart(4, '0')}`,
);
const bySeverity = (severity: Severity) => names.filter((name) => name.includes(severity)).length;

let pipe: WholePipe;

beforeAll(async () => {
  pipe = await startWholePipe({
    alarms: {
      severities: severities.map((severity) => ({ alarms: [`storm-${severity}-*`], severity })),
      digest: { windowSeconds, pagesBefore: 1 },
      context: { withinMs: 0 },
    },
    visibilitySeconds: 60,
  });
}, 120_000);
afterAll(() => pipe.stop());

/** What a sink was told, as far as this counts it. */
interface Told {
  readonly title: string;
  /** `3 critical, 20 warning`: how many alarms a digest stands for; of a page, undefined. */
  readonly counted: string | undefined;
}

function chatTold(): Told[] {
  return pipe.chat.taken.map(({ text, blocks = [] }) => ({
    title: text,
    counted: /"Alarms: ([^"]+)"/.exec(JSON.stringify(blocks))?.[1],
  }));
}

function pagerTold(): Told[] {
  return pipe.pager.taken.map((event) =>
    event.event_action === 'trigger'
      ? { title: event.payload.summary, counted: detail(event.payload.custom_details) }
      : { title: 'resolved', counted: undefined },
  );
}

function detail(details: unknown): string | undefined {
  return (details as { readonly Alarms?: string } | undefined)?.Alarms;
}

/** How many alarms of a severity were told: each page by its name, each digest by what it counts. */
function toldOf(told: readonly Told[], severity: Severity): number {
  const paged = told.flatMap(({ title }) => /^\w+: (storm-\w+-\d+)/.exec(title)?.[1] ?? []);
  const counted = told.map((one) =>
    Number(new RegExp(`(\\d+) ${severity}`).exec(one.counted ?? '')?.[1] ?? 0),
  );
  const pages = new Set(paged.filter((name) => name.includes(severity))).size;
  return pages + counted.reduce((sum, count) => sum + count, 0);
}

/** Everything within the storm's time, a batch of ten at least. */
async function put(state: 'ALARM' | 'OK'): Promise<void> {
  const began = Date.now();
  for (let sent = 0; sent < names.length; ) {
    const due = Math.ceil(((Date.now() - began) / 1_000 / stormSeconds) * names.length);
    const next = Math.min(Math.max(due, sent + 10), names.length);
    await pipe.put(names.slice(sent, next).map((name) => alarmEvent(name, state, new Date())));
    sent = next;
    await sleep(Math.max(0, began + (sent / names.length) * stormSeconds * 1_000 - Date.now()));
  }
}

/** Until it is so; what is not so in time, the expectations tell of. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs / 2; Date.now() < end && !(await holds()); ) await sleep(100);
}

/** Nothing lies on any queue any more, what is given again for being delivered twice included: that takes its time. */
async function isDrained(): Promise<boolean> {
  const { alarmQueue, sinkQueue } = pipe.stage.names;
  const queues = [alarmQueue, sinkQueue('chat'), sinkQueue('pager')];
  const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
  return counts.every((count) => count === 0);
}

const told = () => [chatTold(), pagerTold()] as const;
const counts = (one: readonly Told[]) => severities.map((severity) => toldOf(one, severity));
const allTold = () => told().every((one) => counts(one).reduce((sum, count) => sum + count, 0) >= alarms);
const incidents = () => [...pipe.pager.incidents.values()];
const faults = () => [pipe.chat.faults, pipe.pager.faults, pipe.fallback.taken];

describe('a storm', () => {
  test(
    'is at most five messages for each sink, with every alarm in one of them',
    async () => {
      await put('ALARM');
      await until(allTold);
      if (isLong) await until(isDrained);
      const [chat, pager] = told();
      process.stderr.write(
        `${alarms} alarms in ${stormSeconds} s: ${chat.length} messages to the chat, ${pager.length} to the pager (${chat.map(({ counted }) => counted ?? '1').join(' + ')}).\n`,
      );
      for (const sink of [chat, pager]) {
        expect(sink.length).toBeLessThanOrEqual(mostMessages);
        expect(counts(sink)).toEqual(severities.map(bySeverity));
      }
      expect(faults()).toEqual([[], [], []]);
    },
    patienceMs,
  );

  test(
    'leaves no incident open when all of it is over',
    async () => {
      const opened = incidents().length;
      expect(incidents().every(({ isOpen }) => isOpen)).toBe(true);
      const before = told().map((one) => one.length);
      const began = Date.now();
      await put('OK');
      await until(() => incidents().every(({ isOpen }) => !isOpen));
      if (isLong) await until(isDrained);
      const [chat = 0, pager = 0] = told().map((one, sink) => one.length - (before[sink] ?? 0));
      process.stderr.write(
        `${alarms} recoveries: ${chat} messages to the chat, ${pager} to the pager; ${opened} incidents, all closed.\n`,
      );
      expect(incidents().filter(({ isOpen }) => isOpen)).toEqual([]);
      expect(incidents().length).toBe(opened);
      // What was told alone is over alone; what was told together is over in a digest of each window, and as a whole.
      const windows = Math.ceil((Date.now() - began) / 1_000 / windowSeconds);
      expect(Math.max(chat, pager)).toBeLessThanOrEqual((1 + windows) * mostMessages);
      expect(faults()).toEqual([[], [], []]);
    },
    patienceMs,
  );
});
