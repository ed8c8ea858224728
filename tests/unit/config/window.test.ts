import { expect, test } from '@jest/globals';
import { describeWindow, windowEnd } from '../../../shared/config/window.ts';

const at = (time: string) => new Date(`2026-01-02T${time}Z`);
const endOf = (from: string, hours: number, time: string) => {
  const end = windowEnd({ from, hours }, at(time));
  return end === undefined ? undefined : new Date(end).toISOString();
};

test('a moment lies in the window from its first minute, and no longer at its end', () => {
  expect(endOf('02:30', 2, '02:29:59')).toBeUndefined();
  expect(endOf('02:30', 2, '02:30:00')).toBe('2026-01-02T04:30:00.000Z');
  expect(endOf('02:30', 2, '04:29:59')).toBe('2026-01-02T04:30:00.000Z');
  expect(endOf('02:30', 2, '04:30:00')).toBeUndefined();
});

test('a window may pass midnight', () => {
  expect(endOf('23:00', 3, '23:30:00')).toBe('2026-01-03T02:00:00.000Z');
  expect(endOf('23:00', 3, '01:59:00')).toBe('2026-01-02T02:00:00.000Z');
  expect(endOf('23:00', 3, '02:00:00')).toBeUndefined();
});

test('a window of a whole day has no moment outside of it', () => {
  expect(endOf('12:00', 24, '11:59:59')).toBe('2026-01-02T12:00:00.000Z');
  expect(endOf('12:00', 24, '12:00:00')).toBe('2026-01-03T12:00:00.000Z');
});

test('people read when it is', () => {
  expect(describeWindow({ from: '23:00', hours: 2.5 })).toBe('23:00 to 01:30 UTC');
});
