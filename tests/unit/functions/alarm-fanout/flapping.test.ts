import { expect, test } from '@jest/globals';
import { flaps, isQuiet, recentChanges } from '../../../../functions/alarm-fanout/flapping.ts';

const flapping = { changes: 3, withinMinutes: 30, quietMinutes: 20 };
const now = new Date('2026-11-21T10:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

test('changes count within the time alone, each moment once, in any order', () => {
  expect(recentChanges([30, 29.99, 1, 1, 5].map(minutesAgo), flapping, now)).toBe(3);
});

test('what changes more often than the config allows flaps', () => {
  expect(flaps([1, 2, 3].map(minutesAgo), flapping, now)).toBe(false);
  expect(flaps([1, 2, 3, 4].map(minutesAgo), flapping, now)).toBe(true);
  expect(flaps([], flapping, now)).toBe(false);
});

test('it is quiet when it has kept one state for long enough', () => {
  expect(isQuiet(minutesAgo(19.99), flapping, now)).toBe(false);
  expect(isQuiet(minutesAgo(20), flapping, now)).toBe(true);
});
