import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mapAtOnce } from '../../../shared/job/at-once.ts';

test('answers in the order of the items, however long each takes, and keeps to the width', async () => {
  const items = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (delays, width) => {
      let running = 0;
      let most = 0;
      const answers = await mapAtOnce([...delays.entries()], width, async ([index, delay]) => {
        running += 1;
        most = Math.max(most, running);
        await sleep(delay);
        running -= 1;
        return index;
      });
      expect(answers).toEqual([...delays.keys()]);
      expect(most).toBeLessThanOrEqual(width);
    }),
    { numRuns: 20 },
  );
});

test('the first error ends it: nothing is begun after it', async () => {
  const begun: number[] = [];
  const work = async (item: number) => {
    begun.push(item);
    await sleep(1);
    if (item === 1) throw new Error('item 1');
  };
  await expect(mapAtOnce([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow('item 1');
  const atTheError = begun.length;
  await sleep(30);
  expect(begun.length).toBe(atTheError);
});
