import { expect, test } from '@jest/globals';
import { readPeriod } from '../../../cli/period.ts';

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31T12:30', '2026-01-31T12:30:00.000Z'],
  ['2026-01-31T12:30:01.5', '2026-01-31T12:30:01.500Z'],
  ['2026-01-31T12:30:01Z', '2026-01-31T12:30:01.000Z'],
  ['2026-01-31T12:30:01+02:00', '2026-01-31T10:30:01.000Z'],
])('%s is a time of UTC', (text, time) => {
  expect(readPeriod({ from: text })).toEqual({ from: time, to: undefined });
  expect(readPeriod({ to: text })).toEqual({ from: undefined, to: time });
});

test.each([
  '',
  'yesterday',
  '2026',
  '2026-13-01',
  '2026-02-30',
  '2026-01-01T25:00',
  "2026-01-01'; --",
  '01/02/2026',
])('%j is none, and refused', (text) => {
  expect(() => readPeriod({ from: text })).toThrow(/is no time such as/);
});

test('a period must hold something', () => {
  expect(() => readPeriod({ from: '2026-01-02', to: '2026-01-02' })).toThrow(/nothing lies between/);
});
