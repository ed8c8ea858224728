import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteCommand, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silencesKey } from '../../shared/alarm/silence.ts';
import { isLong, rounds } from '../support/long-runs.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/** A table that throttles while a storm comes, and while a tick finds that all of it is due: nothing is lost for that. */

const alarms = rounds(40, 2_000);
const throttledShare = 0.25;
const patienceMs = rounds(150_000, 1_800_000);
/** DynamoDB takes 400 KB; the storm is smaller than the largest that is thought of. */
const mostBytes = 100_000;

let pipe: WholePipe;

beforeAll(async () => {
  pipe = await startWholePipe({
    alarms: {
      routes: [{ to: ['fallback', 'pager'] }],
      digest: { windowSeconds: rounds(5, 120), pagesBefore: 1 },
      context: { withinMs: 0 },
    },
    visibilitySeconds: rounds(10, 60),
  });
}, 120_000);
afterAll(() => pipe?.stop());

const namesOf = (storm: string) =>
  Array.from({ length: alarms }, (_, index) => `${storm}-${String(index).padStart(4, '0')}`);
const put = (names: readonly string[], state: 'ALARM' | 'OK') =>
  pipe.put(names.map((name) => alarmEvent(name, state, new Date())));

/** Every fourth call of DynamoDB, whoever makes it, is refused while this lasts. */
async function throttled(work: () => Promise<void>): Promise<number> {
  const { faults } = pipe.stage.stack.gateway;
  const order = faults.order({
    effect: { kind: 'throttle' },
    service: 'dynamodb',
    rate: throttledShare,
    seed: 6,
  });
  try {
    await work();
  } finally {
    order.cancel();
  }
  return order.fired;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs / 2; Date.now() < end && !(await holds()); ) await sleep(100);
}

/** How many alarms that are on the fallback was told of since, each page once, by itself or in a digest. */
function toldSince(before: number): number {
  const pages = pipe.fallback.taken.slice(before).map(({ page }) => page);
  const each = new Map(pages.map((page) => [page.id, page]));
  return [...each.values()].reduce(
    (sum, { counts, alerts }) => sum + (counts?.alarms ?? (alerts[0]?.state === 'ALARM' ? 1 : 0)),
    0,
  );
}

async function isDrained(): Promise<boolean> {
  const { alarmQueue, sinkQueue } = pipe.stage.names;
  const queues = [alarmQueue, sinkQueue('fallback'), sinkQueue('pager')];
  const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
  return counts.every((count) => count === 0);
}

async function deadLetters(): Promise<number> {
  const { alarmDeadLetters, sinkDeadLetters } = pipe.stage.names;
  const queues = [alarmDeadLetters, sinkDeadLetters('fallback'), sinkDeadLetters('pager')];
  const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
  return counts.reduce((sum, count) => sum + count, 0);
}

const openIncidents = () => [...pipe.pager.incidents.values()].filter(({ isOpen }) => isOpen).length;

async function largestBytes(): Promise<number> {
  const { dynamo, name } = pipe.stage.fanout.table;
  let largest = 0;
  for await (const { Items = [] } of paginateScan({ client: dynamo }, { TableName: name }))
    for (const item of Items) largest = Math.max(largest, Buffer.byteLength(JSON.stringify(asPlain(item))));
  return largest;
}

const asPlain = (item: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(item).map(([key, value]) => [key, value instanceof Set ? [...value] : value]),
  );

async function expectAllOver(names: readonly string[]): Promise<void> {
  await put(names, 'OK');
  await until(async () => openIncidents() === 0 && (await isDrained()));
  expect(openIncidents()).toBe(0);
  expect(await deadLetters()).toBe(0);
  expect([pipe.pager.faults, pipe.fallback.faults]).toEqual([[], []]);
}

describe('while DynamoDB throttles', () => {
  test(
    'a storm is told in full, and is over in the end',
    async () => {
      const names = namesOf('storm');
      const refused = await throttled(async () => {
        await put(names, 'ALARM');
        await until(() => toldSince(0) >= alarms);
        expect(toldSince(0)).toBe(alarms);
        await expectAllOver(names);
      });
      process.stderr.write(
        `A storm of ${alarms}, ${refused} calls of DynamoDB throttled: ${pipe.fallback.taken.length} messages; the largest item of the table has ${await largestBytes()} bytes.\n`,
      );
      expect(refused).toBeGreaterThan(alarms);
      expect(await largestBytes()).toBeLessThan(mostBytes);
    },
    patienceMs,
  );

  test(
    'a tick that finds many alarms due tells them all',
    async () => {
      const names = namesOf('tick');
      const { dynamo, name: TableName } = pipe.stage.fanout.table;
      const Key = { pk: silencesKey, sk: 'all-of-them' };
      const silence = { until: new Date(Date.now() + 86_400_000).toISOString(), why: 'a test' };
      await dynamo.send(new PutCommand({ TableName, Item: { ...Key, silence: JSON.stringify(silence) } }));
      await put(names, 'ALARM');
      await until(isDrained);
      const before = pipe.fallback.taken.length;
      await dynamo.send(new DeleteCommand({ TableName, Key }));
      let ticks = 0;
      const refused = await throttled(async () => {
        // Scheduler orders one every five minutes.
        for (const end = Date.now() + patienceMs / 2; toldSince(before) < alarms && Date.now() < end; ) {
          await pipe.put([{ trigger: 'tick' }]);
          ticks += 1;
          await until(isDrained);
        }
      });
      process.stderr.write(
        `${alarms} alarms due at once, ${refused} calls throttled: told by ${ticks} ${ticks === 1 ? 'tick' : 'ticks'} in ${pipe.fallback.taken.length - before} messages.\n`,
      );
      expect(toldSince(before)).toBe(alarms);
      expect(ticks).toBeLessThanOrEqual(isLong ? 10 : 3);
      await expectAllOver(names);
    },
    patienceMs,
  );
});
