import { expect, test } from '@jest/globals';
import type { Task } from '../../../../functions/matview-refresh/critical-path.ts';
import { inDependencyOrder, type Worked } from '../../../../functions/matview-refresh/in-dependency-order.ts';

const task = (id: string, ...parents: string[]): Task => ({ id, seconds: 1, parents });
const tomorrow = () => Date.now() + 86_400_000;
const well: Worked<string> = { kind: 'ended', end: 'well' };

function run(
  tasks: readonly Task[],
  work: (id: string) => Promise<Worked<string>>,
  { connections = 2, until = tomorrow(), before = new Map<string, string>() } = {},
) {
  return inDependencyOrder<string>(tasks, before, {
    connections,
    until,
    work,
    mayGoOn: (end) => end === 'well',
    heldUp: (stoppedBy) => `held up by ${stoppedBy}`,
  });
}

/** A small random graph: each task reads some of those before it. */
function randomTasks(seed: number, count: number): Task[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return Array.from({ length: count }, (_, at) => ({
    id: `${at}`,
    seconds: random() * 10,
    parents: Array.from({ length: at }, (_each, parent) => `${parent}`).filter(() => random() < 0.2),
  }));
}

test('each comes after all of its parents, and no more than there are connections work at once', async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const tasks = randomTasks(seed, 20);
    const done = new Set<string>();
    const connections = 1 + (seed % 4);
    let atWork = 0;
    const { ends } = await run(
      tasks,
      async (id) => {
        atWork += 1;
        expect(atWork).toBeLessThanOrEqual(connections);
        expect(tasks.find((each) => each.id === id)?.parents.filter((parent) => !done.has(parent))).toEqual(
          [],
        );
        await new Promise((resolve) => setImmediate(resolve));
        done.add(id);
        atWork -= 1;
        return well;
      },
      { connections },
    );
    expect(ends.size).toBe(tasks.length);
  }
});

test('one that fails stops all that hang on it, through others too, and nobody else', async () => {
  const tasks = [
    task('a'),
    task('b', 'a'),
    task('c', 'b'),
    task('d', 'c'),
    task('other'),
    task('child', 'other'),
  ];
  const { ends } = await run(tasks, async (id) => (id === 'a' ? { kind: 'ended', end: 'badly' } : well));
  expect(Object.fromEntries(ends)).toEqual({
    a: 'badly',
    b: 'held up by a',
    c: 'held up by b',
    d: 'held up by c',
    other: 'well',
    child: 'well',
  });
});

test('what rests is tried again, and keeps no connection meanwhile', async () => {
  const tries: string[] = [];
  const { ends, putOff } = await run(
    [task('a'), task('b')],
    async (id) => {
      tries.push(id);
      const resting = id === 'a' && tries.length === 1;
      return resting ? { kind: 'later', seconds: 0.05, reason: 'locked' } : well;
    },
    { connections: 1 },
  );
  expect(tries).toEqual(['a', 'b', 'a']);
  expect([ends.size, putOff.size]).toEqual([2, 0]);
});

test('what would have to rest beyond the time is left, with the reason', async () => {
  const { ends, putOff } = await run(
    [task('a'), task('b', 'a')],
    async () => ({ kind: 'later', seconds: 3_600, reason: 'locked' }),
    { until: Date.now() + 60_000 },
  );
  expect(ends.size).toBe(0);
  expect(Object.fromEntries(putOff)).toEqual({ a: 'locked' });
});

test('what is left to the server keeps its connection, and what hangs on it waits', async () => {
  const worked: string[] = [];
  const tasks = [task('long'), task('child', 'long'), task('other'), task('another')];
  const { ends } = await run(
    tasks,
    async (id) => {
      worked.push(id);
      return id === 'long' ? { kind: 'left' } : well;
    },
    { connections: 1 },
  );
  expect(worked).toEqual(['long']);
  expect(ends.size).toBe(0);
});

test('nothing is begun when the time is up', async () => {
  const { ends } = await run([task('a')], async () => well, { until: Date.now() - 1 });
  expect(ends.size).toBe(0);
});

test('what had ended before is not done again', async () => {
  const worked: string[] = [];
  await run(
    [task('a'), task('b', 'a')],
    async (id) => {
      worked.push(id);
      return well;
    },
    { before: new Map([['a', 'well']]) },
  );
  expect(worked).toEqual(['b']);
});

test('an error that nobody foresaw is thrown once nobody is at work any more', async () => {
  let ended = false;
  const running = run([task('a'), task('b')], async (id) => {
    if (id === 'a') throw new Error('unforeseen');
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended = true;
    return well;
  });
  await expect(running).rejects.toThrow('unforeseen');
  expect(ended).toBe(true);
});
