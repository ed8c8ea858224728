import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  changeOf,
  repeated,
  type Times,
  takeBuried,
  takenByChat,
  takenByPager,
  toldInsteadOf,
} from '../support/alarm-account.ts';
import type { Misbehaviour } from '../support/alarm-sinks.ts';
import { isLong, rounds } from '../support/long-runs.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/**
 * Every alarm and every recovery, doubled and in any order, through sinks that refuse, hang up, hang and break down, and
 * functions that are killed at any moment. Alarms are told one by one here, so that each can be counted.
 */

const alarms = rounds(18, 10_000);
/** One process is one invocation, as in Lambda: what a kill may repeat is the one page that was in its hands. */
const processes = rounds(1, 3);
const kills = { most: rounds(5, 1_000), pauseMs: rounds(1_000, 8_000) };
const quietMs = 12 * 3_600_000;
const sinks = ['chat', 'pager'] as const;
type SinkName = (typeof sinks)[number];
/** By the routes, a third of the alarms goes to the chat, a third to the pager, and a third to both. */
const routes = [
  { alarms: ['lost-chat-*'], to: ['chat'] },
  { alarms: ['lost-pager-*'], to: ['pager'] },
  { to: ['chat', 'pager'] },
];
const names = Array.from(
  { length: alarms },
  (_, index) => `lost-${['chat', 'pager', 'both'][index % 3]}-${String(index).padStart(5, '0')}`,
);
const goesTo = (sink: SinkName) => (name: string) => name.includes(`-${sink}-`) || name.includes('-both-');

let pipe: WholePipe;

beforeAll(async () => {
  pipe = await startWholePipe({
    alarms: {
      digest: { windowSeconds: 1, pagesBefore: 1_000_000 },
      context: { withinMs: 0 },
      fallbackAfterMinutes: rounds(0.5, 10),
      routes,
    },
    // A sink that hangs is given up after ten.
    visibilitySeconds: 15,
    processes: { fanout: processes, sink: processes },
    environment: { POWERTOOLS_LOG_LEVEL: 'WARN', POWERTOOLS_METRICS_DISABLED: 'true' },
  });
}, 120_000);
afterAll(() => pipe.stop());

const answer = (status: number, headers: Record<string, string> = {}): Misbehaviour => ({
  kind: 'answer',
  status,
  headers,
});

/** One request in five goes wrong, each in its turn. Where the sink says when to come again, the test is over sooner. */
const misbehaviours: readonly Misbehaviour[] = [
  answer(429, { 'Retry-After': '1' }),
  answer(500, { 'Retry-After': '1' }),
  answer(404),
  { kind: 'drop' },
  { kind: 'take and drop' },
  answer(503, { 'Retry-After': '2' }),
];
/** What takes its ten seconds is rare. */
const hanging: readonly Misbehaviour[] = [{ kind: 'take and hang' }, { kind: 'hang' }];
const hangsEach = rounds(16, 500);

/** What goes wrong with a sink, and how often its answer was kept from us though it had taken what it was sent. */
class Trouble {
  cut = 0;

  readonly choose = (request: number): Misbehaviour | null => {
    const found = this.#turn(request);
    if (found?.kind.startsWith('take and')) this.cut += 1;
    return found;
  };

  #turn(request: number): Misbehaviour | null {
    if (request % hangsEach === 3) return hanging[Math.floor(request / hangsEach) % hanging.length] ?? null;
    return request % 5 === 0 ? (misbehaviours[(request / 5) % misbehaviours.length] ?? null) : null;
  }
}

const trouble = { chat: new Trouble(), pager: new Trouble() };
const killed = new Map<string, number>();

test(
  'is lost, whatever breaks',
  async () => {
    pipe.chat.always(trouble.chat.choose);
    pipe.pager.always(trouble.pager.choose);
    const putting = pipe.put(shuffled([...changes(), ...changes()]));
    const end = new AbortController();
    const killing = killAtRandom(end.signal);
    await putting;
    await drained();
    end.abort();
    await killing;
    await drained();
    const chat = await accountOf('chat', takenByChat(pipe.chat.taken));
    const pager = await accountOf('pager', takenByPager(pipe.pager.taken));
    process.stderr.write(`${wordsOf(chat, pager)}\n`);
    expect([chat.lost, pager.lost]).toEqual([[], []]);
    expect([chat.strayed, pager.strayed]).toEqual([[], []]);
    expect([chat.tooOften, pager.tooOften]).toEqual([0, 0]);
    expect(chat.repeated).toBeLessThanOrEqual(chat.excused);
    expect(pager.repeatedAlarms).toBeLessThanOrEqual(pager.excused);
    expect(reopened()).toBeLessThanOrEqual(pager.excused);
    expect(stillOpen(pager)).toEqual([]);
    expect(chat.toldTwice + pager.toldTwice).toBeLessThanOrEqual(killed.get('fallback') ?? 0);
    expect([pipe.chat.faults, pipe.pager.faults, pipe.fallback.faults]).toEqual([[], [], []]);
  },
  isLong ? 3_600_000 : 240_000,
);

/** Each alarm with its recovery, long ago, so that nothing is told of as one that flaps. */
function changes(): object[] {
  const began = Date.now() - quietMs;
  return names.flatMap((name, index) => [
    alarmEvent(name, 'ALARM', new Date(began + index)),
    alarmEvent(name, 'OK', new Date(began + 3_600_000 + index)),
  ]);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** Kills one invocation after the other, of any function, as long as it is let. */
async function killAtRandom(signal: AbortSignal): Promise<void> {
  const functions = [...pipe.functions];
  for (let kill = 0; kill < kills.most; kill += 1) {
    await sleep(kills.pauseMs * 2 * Math.random(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const [name, running] = functions[kill % functions.length] ?? ['none', []];
    killed.set(name, (killed.get(name) ?? 0) + 1);
    await running[Math.floor(Math.random() * running.length)]?.kill();
  }
}

/** Until nothing lies in any queue, but what was buried; in the long form, each minute says how many there are. */
async function drained(): Promise<void> {
  let saidAt = Date.now();
  const { names: resources, config } = pipe.stage;
  const queues = [
    resources.alarmQueue,
    ...Object.keys(config.sinks).map((sink) => resources.sinkQueue(sink)),
  ];
  for (let quiet = 0; quiet < 3; ) {
    const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
    quiet = counts.every((count) => count === 0) ? quiet + 1 : 0;
    await sleep(500);
    if (isLong && Date.now() - saidAt > 60_000) {
      saidAt = Date.now();
      process.stderr.write(`  ${queues.map((queue, index) => `${queue} ${counts[index]}`).join(', ')}\n`);
    }
  }
}

/** What became of each change at one sink. */
interface Account {
  /** Neither accepted, nor among the dead letters and told to the fallback. */
  readonly lost: readonly string[];
  /** Accepted, or told to the fallback, though no route leads here. */
  readonly strayed: readonly string[];
  /** Moved to the dead letters by the queue, which says no reason. */
  readonly tooOften: number;
  readonly accepted: number;
  /** Accepted though it had been before. */
  readonly repeated: number;
  readonly repeatedAlarms: number;
  readonly cut: number;
  /** What may have been repeated: by kills, and by answers that never came, which to us are the same. */
  readonly excused: number;
  readonly buried: Times;
  readonly told: number;
  readonly toldTwice: number;
}

async function accountOf(sink: SinkName, accepted: Times): Promise<Account> {
  const { times: buried, withoutReason } = await takeBuried(pipe.stage, sink);
  const told = toldInsteadOf(sink, pipe.fallback.taken);
  const all = names.filter(goesTo(sink)).flatMap((name) => [changeOf(name, 'ALARM'), changeOf(name, 'OK')]);
  const expected = new Set(all);
  const { cut } = trouble[sink];
  return {
    lost: all.filter((change) => !accepted.has(change) && !(buried.has(change) && told.has(change))),
    strayed: [...accepted.keys(), ...told.keys()].filter((change) => !expected.has(change)),
    tooOften: withoutReason,
    accepted: accepted.size,
    repeated: repeated(accepted),
    repeatedAlarms: repeated(new Map([...accepted].filter(([change]) => change.endsWith(' ALARM')))),
    cut,
    excused: (killed.get(sink) ?? 0) + cut,
    buried,
    told: told.size,
    toldTwice: repeated(told),
  };
}

/** How often an incident was opened though it had been before. */
function reopened(): number {
  return [...pipe.pager.incidents.values()].reduce((sum, { opened }) => sum + opened - 1, 0);
}

/** Incidents of alarms that are over, unless it was just that which the pager refused. */
function stillOpen({ buried }: Account): string[] {
  const open = [...pipe.pager.incidents].filter(([, { isOpen }]) => isOpen);
  const alarmsOf = open.map(([key]) => key.split(':').at(-1) ?? key);
  return alarmsOf.filter((alarm) => !buried.has(changeOf(alarm, 'OK')));
}

function wordsOf(chat: Account, pager: Account): string {
  const kills = [...killed].map(([name, times]) => `${name} ${times}`).join(', ');
  const line = (sink: string, one: Account) =>
    `  ${sink}: ${one.accepted} accepted, ${one.repeated} of them again (${one.cut} answers cut); ${one.buried.size} refused and buried; the fallback told of ${one.told}, of ${one.toldTwice} twice`;
  return [
    `${alarms} alarms and their recoveries, twice each and in any order; kills: ${kills}.`,
    line('chat', chat),
    line('pager', pager),
    `  the pager had ${pipe.pager.incidents.size} incidents, ${reopened()} of them opened again; ${pager.repeated - pager.repeatedAlarms} were closed again, to be sure of the order.`,
  ].join('\n');
}
