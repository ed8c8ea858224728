import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Misbehaviour } from '../support/alarm-sinks.ts';
import { isLong, rounds } from '../support/long-runs.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/**
 * Every alarm and every recovery, doubled and in any order, through sinks that refuse, hang up and break down, and
 * functions that are killed at any moment. Alarms are told one by one here, so that each can be counted.
 */

const alarms = rounds(16, 10_000);
const kills = rounds(3, 100);
const quietMs = 12 * 3_600_000;

let pipe: WholePipe;

beforeAll(async () => {
  pipe = await startWholePipe({
    alarms: {
      digest: { windowSeconds: 1, pagesBefore: 1_000_000 },
      context: { withinMs: 0 },
      fallbackAfterMinutes: 0.5,
    },
    visibilitySeconds: 8,
  });
}, 120_000);
afterAll(() => pipe.stop());

const answer = (status: number, headers: Record<string, string> = {}): Misbehaviour => ({
  kind: 'answer',
  status,
  headers,
});
const misbehaviours: readonly (Misbehaviour | null)[] = [
  answer(429, { 'Retry-After': '1' }),
  answer(500),
  answer(404),
  { kind: 'drop' },
  { kind: 'take and drop' },
];

/** One request in five goes wrong, each in its turn. */
function oneInFive(request: number): Misbehaviour | null {
  return request % 5 === 0 ? (misbehaviours[(request / 5) % misbehaviours.length] ?? null) : null;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const names = Array.from({ length: alarms }, (_, index) => `lost-${String(index).padStart(5, '0')}`);
const namesIn = (value: unknown) => new Set(JSON.stringify(value).match(/lost-\d{5}/g) ?? []);

test(
  'is lost, whatever breaks',
  async () => {
    pipe.chat.always(oneInFive);
    pipe.pager.always(oneInFive);
    const began = Date.now() - quietMs;
    const events = names.flatMap((name, index) => [
      alarmEvent(name, 'ALARM', new Date(began + index)),
      alarmEvent(name, 'OK', new Date(began + 3_600_000 + index)),
    ]);
    const putting = pipe.put(shuffled([...events, ...events]));
    const functions = [...pipe.functions.values()];
    for (let kill = 0; kill < kills; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 1_500));
      await functions[kill % functions.length]?.kill();
    }
    await putting;
    await drained();
    const [told, buried] = await accountFor();
    process.stderr.write(
      `${alarms} alarms and their recoveries, twice each: ${pipe.chat.taken.length} messages to the chat, ${pipe.pager.taken.length} to the pager, ${pipe.fallback.taken.length} to the fallback; ${buried} refused and buried; ${kills} kills.\n`,
    );
    expect(told).toEqual({ chat: [], pager: [], open: [] });
    expect(pipe.chat.faults).toEqual([]);
    expect(pipe.pager.faults).toEqual([]);
  },
  isLong ? 3_600_000 : 240_000,
);

/** Until nothing lies in any queue, but what was buried. */
async function drained(): Promise<void> {
  const { names: resources, config } = pipe.stage;
  const queues = [
    resources.alarmQueue,
    ...Object.keys(config.sinks).map((sink) => resources.sinkQueue(sink)),
  ];
  for (let quiet = 0; quiet < 3; ) {
    const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
    quiet = counts.every((count) => count === 0) ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Which alarms some sink did not hear of twice, on and over, though the fallback was not told instead. */
async function accountFor() {
  const { names: resources } = pipe.stage;
  const elsewhere = namesIn(pipe.fallback.taken);
  const times = (name: string) =>
    pipe.chat.taken.filter((message) => JSON.stringify(message).includes(name)).length;
  const chat = names.filter((name) => times(name) < 2 && !elsewhere.has(name));
  const incidents = new Map(
    [...pipe.pager.incidents].map(([key, incident]) => [key.split(':').at(-1), incident]),
  );
  const pager = names.filter((name) => !incidents.has(name) && !elsewhere.has(name));
  const open = names.filter((name) => incidents.get(name)?.isOpen && !elsewhere.has(name));
  const buried = await Promise.all(
    ['chat', 'pager'].map((sink) => pipe.count(resources.sinkDeadLetters(sink))),
  );
  return [{ chat, pager, open }, buried.reduce((sum, count) => sum + count, 0)] as const;
}
