import { expect, test } from '@jest/globals';
import { once } from '../../../shared/job/once.ts';

test('makes a thing once, also for two that ask at the same time', async () => {
  let made = 0;
  const get = once(async () => {
    made += 1;
    return made;
  });
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  expect(await get()).toBe(1);
});

test('a failure is not kept: the next call tries again', async () => {
  let tries = 0;
  const get = once(async () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return tries;
  });
  await expect(get()).rejects.toThrow('not yet');
  expect(await get()).toBe(2);
  expect(await get()).toBe(2);
});
