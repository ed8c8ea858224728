import { expect, test } from '@jest/globals';
import { describeHours } from '../../../shared/job/durations.ts';

test.each([
  [0, '0 s'],
  [1 / 3_600, '1 s'],
  [59.4 / 3_600, '59 s'],
  [59.6 / 3_600, '1 min'],
  [0.5, '30 min'],
  [59.6 / 60, '1 h'],
  [1, '1 h'],
  [1.5, '1 h 30 min'],
  [24, '24 h'],
])('%d hours are %s', (hours, words) => {
  expect(describeHours(hours)).toBe(words);
});
