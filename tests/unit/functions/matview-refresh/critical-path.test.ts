import { expect, test } from '@jest/globals';
import { criticalPaths } from '../../../../functions/matview-refresh/critical-path.ts';

const task = (id: string, seconds: number, ...parents: string[]) => ({ id, seconds, parents });

test('what most hangs on counts most', () => {
  const paths = criticalPaths([
    task('root', 1),
    task('short', 2, 'root'),
    task('long', 5, 'root'),
    task('leaf', 3, 'short', 'long'),
    task('alone', 4),
  ]);
  expect(Object.fromEntries(paths)).toEqual({ root: 9, short: 5, long: 8, leaf: 3, alone: 4 });
});

test('a parent that is not asked for counts as done, and one named twice as one', () => {
  expect(Object.fromEntries(criticalPaths([task('a', 1, 'gone'), task('b', 2, 'a', 'a')]))).toEqual({
    a: 3,
    b: 2,
  });
});

test('a chain of ten thousand views', () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => task(`${at}`, 1, ...(at > 0 ? [`${at - 1}`] : [])));
  expect(criticalPaths(chain).get('0')).toBe(10_000);
});
