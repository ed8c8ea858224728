import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { alarmEvent, startWholePipe, type WholePipe } from '../../support/whole-pipe.ts';
import { atMost, type Benchmark, type Measurement, shown } from '../benchmark.ts';

/** A sink is told of a storm in no more messages than this. */
const mostMessages = 5;
/** From a batch's arrival until its first page leaves, of 99 in 100. */
const mostLeavingMs = 1_000;
/** What the template gives the function. */
const mostMemoryMiB = 512;

const windowSeconds = 60;
const stormSeconds = 10;
const singles = 100;

const contexts = {
  on: { withinMs: 500 },
  off: { withinMs: 0 },
  hanging: { withinMs: 500 },
} as const;
type ContextKind = keyof typeof contexts;

export const benchmark: Benchmark = {
  summary: 'alarms a second, the first page, and messages of a storm; --long: of 10,000 alarms as well',
  async run(say, { long }) {
    const results: Measurement[] = [];
    for (const context of Object.keys(contexts) as ContextKind[]) {
      say(`context ${context}`);
      results.push(...(await measureContext(context, long ? [10, 1_000, 10_000] : [10, 1_000], say)));
    }
    return results;
  },
};

async function measureContext(
  context: ContextKind,
  storms: readonly number[],
  say: (line: string) => void,
): Promise<Measurement[]> {
  const pipe = await startWholePipe({
    alarms: {
      routes: [{ to: ['fallback'] }],
      context: contexts[context],
      digest: { windowSeconds, pagesBefore: 1 },
    },
    visibilitySeconds: 60,
    batchSize: 100,
  });
  try {
    if (context === 'hanging')
      pipe.stage.stack.gateway.faults.order({
        service: 'monitoring',
        effect: { kind: 'latency', milliseconds: 30_000 },
      });
    const results: Measurement[] = [];
    for (const alarms of storms) results.push(...(await measureStorm(pipe, context, alarms, say)));
    results.push(await measureLeaving(pipe, context, say));
    const memoryMiB = await peakMiB(pipe.functions.get('fanout')?.[0]?.pid());
    results.push(atMost(`${context}: memory of alarm-fanout`, memoryMiB, 'MiB', mostMemoryMiB));
    return results;
  } finally {
    await pipe.stop();
  }
}

/** All alarms of a storm within ten seconds, and all that is told of them. */
async function measureStorm(
  pipe: WholePipe,
  context: ContextKind,
  alarms: number,
  say: (line: string) => void,
): Promise<Measurement[]> {
  const before = pipe.fallback.taken.length;
  const name = (index: number) => `storm-${context}-${alarms}-${index}`;
  const began = performance.now();
  const first = firstTaken(pipe, before);
  for (let index = 0; index < alarms; ) {
    const due = Math.ceil(
      (Math.min((performance.now() - began) / 1_000, stormSeconds) / stormSeconds) * alarms,
    );
    const next = Math.min(Math.max(due, index + 10), alarms);
    const at = new Date();
    await pipe.put(
      Array.from({ length: next - index }, (_, offset) => alarmEvent(name(index + offset), 'ALARM', at)),
    );
    index = next;
    if (index < alarms)
      await sleep(Math.max(0, (index / alarms) * stormSeconds * 1_000 - (performance.now() - began)));
  }
  const firstMs = (await first) - began;
  const takenSeconds = await untilTaken(pipe, began);
  await untilAllTold(pipe, before, alarms);
  const messages = pipe.fallback.taken.slice(before);
  say(
    `  ${alarms} alarms: taken in within ${takenSeconds.toFixed(1)} s, ${messages.length} messages (${messages.map(({ page }) => page.counts?.alarms ?? 1).join(' + ')} alarms)`,
  );
  const label = `${context}: storm of ${alarms.toLocaleString('en-US')}`;
  return [
    shown(`${label}, alarms a second`, alarms / takenSeconds, '/s'),
    shown(`${label}, first message at the sink`, firstMs, 'ms'),
    alarms <= 1_000
      ? atMost(`${label}, messages`, messages.length, 'messages', mostMessages)
      : shown(`${label}, messages`, messages.length, 'messages'),
  ];
}

async function firstTaken(pipe: WholePipe, before: number): Promise<number> {
  while (pipe.fallback.taken.length === before) await sleep(5);
  return performance.now();
}

/** Until none waits on the alarm queue but the order to close the digest. */
async function untilTaken(pipe: WholePipe, began: number): Promise<number> {
  while ((await pipe.waiting(pipe.stage.names.alarmQueue)) > 0) await sleep(100);
  return (performance.now() - began) / 1_000;
}

async function untilAllTold(pipe: WholePipe, before: number, alarms: number): Promise<void> {
  const told = () =>
    pipe.fallback.taken.slice(before).reduce((sum, { page }) => sum + (page.counts?.alarms ?? 1), 0);
  const end = Date.now() + 10 * 60_000;
  while (told() < alarms) {
    if (Date.now() > end) throw new Error(`Of ${alarms} alarms ${told()} have been told after ten minutes.`);
    await sleep(200);
  }
}

/** One alarm after the other, each of a severity and a window of its own as far as the gate is concerned: told alone. */
async function measureLeaving(
  pipe: WholePipe,
  context: ContextKind,
  say: (line: string) => void,
): Promise<Measurement> {
  const leaving: number[] = [];
  for (let index = 0; index < singles; index += 1) {
    await pipe.forgetWindows();
    const before = pipe.fallback.taken.length;
    const at = Date.now();
    await pipe.put([alarmEvent(`single-${context}-${index}`, 'ALARM', new Date())]);
    await firstTaken(pipe, before);
    leaving.push(Date.parse(pipe.fallback.taken.at(-1)?.page.at ?? '') - at);
  }
  leaving.sort((one, other) => one - other);
  const p99 = leaving[Math.ceil(singles * 0.99) - 1] ?? Number.NaN;
  say(`  ${singles} single alarms: median ${leaving[singles / 2]} ms, 99 of 100 within ${p99} ms`);
  return atMost(`${context}: a page leaves, 99 of 100 within`, p99, 'ms', mostLeavingMs);
}

/** The most that a process has had in memory. */
async function peakMiB(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}
