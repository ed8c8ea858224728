import { expect, test } from '@jest/globals';
import { type Rests, restedTooLong, restsAfter } from '../../../../functions/audit-archive/rests.ts';

const minute = 60_000;

/** What came of shifts that end `at` so many minutes; a table works, is held up, or is held up after it has worked. */
function night(shifts: readonly [at: number, ...('works' | 'rests' | 'works, then rests')[]][]): string[] {
  let rests: Rests = {};
  return shifts.map(([at, what]) => {
    const paused: Record<string, string> = what === 'works' ? {} : { log: 'a replica lags' };
    const shift = { paused, worked: what === 'rests' ? [] : ['log'], endedAt: at * minute };
    rests = restsAfter(rests, shift);
    return restedTooLong(rests, shift, 10).log ?? '';
  });
}

test('a table that is held up for as long as one pause may last is given up, with the reason', () => {
  expect(
    night([
      [5, 'rests'],
      [10, 'rests'],
      [15, 'rests'],
    ]),
  ).toEqual([
    '',
    '',
    'log rested for 10 min without a break, because a replica lags. The next night goes on.',
  ]);
});

test('what it rests while other tables work counts for as long as that takes', () => {
  expect(
    night([
      [1, 'rests'],
      [12, 'rests'],
    ])[1],
  ).toMatch(/^log rested/);
});

test.each([['works'], ['works, then rests']] as const)(
  'pauses with work between them do not add up: %s',
  (what) => {
    const shifts = [
      [6, 'rests'],
      [12, what],
      [18, 'rests'],
      [21, what],
      [27, 'rests'],
    ] as const;
    expect(night(shifts.map((shift) => [...shift]))).toEqual(['', '', '', '', '']);
  },
);
