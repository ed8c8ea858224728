import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutoffOf, isAgeType } from '../../../../functions/audit-archive/cutoff.ts';
import { asValue, slicesOf, timeOf } from '../../../../functions/audit-archive/slices.ts';

const tz = 'timestamp with time zone';
const cutoff = '2025-01-01T00:00:00.000Z';

describe('slices', () => {
  test('without any month there is one, up to the cutoff', () => {
    expect(slicesOf([], cutoff, tz, 10)).toEqual([{ from: '-infinity', to: '2025-01-01 00:00:00+00' }]);
  });

  test('a month without rows belongs to the one before it', () => {
    expect(slicesOf(['2024-01', '2024-05'], cutoff, 'date', 10)).toEqual([
      { from: '-infinity', to: '2024-05-01' },
      { from: '2024-05-01', to: '2025-01-01' },
    ]);
  });

  test('leave nothing out, whatever months and room there are', () => {
    const month = fc
      .tuple(fc.integer({ min: 1900, max: 2024 }), fc.integer({ min: 1, max: 12 }))
      .map(([year, number]) => `${year}-${String(number).padStart(2, '0')}`);
    const months = fc.uniqueArray(month, { maxLength: 200 }).map((found) => found.sort());
    fc.assert(
      fc.property(months, fc.integer({ min: 1, max: 50 }), (found, most) => {
        const slices = slicesOf(found, cutoff, tz, most);
        expect(slices.length).toBeLessThanOrEqual(Math.max(1, most));
        expect(slices[0]?.from).toBe('-infinity');
        expect(slices.at(-1)?.to).toBe('2025-01-01 00:00:00+00');
        expect(slices.slice(1).map(({ from }) => from)).toEqual(slices.slice(0, -1).map(({ to }) => to));
        for (const { from, to } of slices.slice(1)) expect(from < to).toBe(true);
      }),
    );
  });
});

test.each([
  ['date', '2025-01-01'],
  ['timestamp without time zone', '2025-01-01 00:00:00'],
  ['timestamp(3) without time zone', '2025-01-01 00:00:00'],
  [tz, '2025-01-01 00:00:00+00'],
])('a moment as a %s is %s', (type, value) => {
  expect(isAgeType(type)).toBe(true);
  expect(asValue(cutoff, type)).toBe(value);
  expect(timeOf(value)).toBe(Date.parse(cutoff));
});

test.each([
  'text',
  'integer',
  'time without time zone',
  'interval',
  'tstzrange',
  'timestamp without time zone[]',
])('%s tells no age', (type) => {
  expect(isAgeType(type)).toBe(false);
});

test.each(['-infinity', 'infinity', '0044-03-15 00:00:00 BC', ''])('%p is no time', (value) => {
  expect(timeOf(value)).toBeNaN();
});

describe('the cutoff', () => {
  const at = (now: string, olderThanDays = 365, safetyLagMinutes = 60) =>
    cutoffOf({ olderThanDays, safetyLagMinutes }, new Date(now));

  test('is the last midnight of UTC that lies days and safety lag back', () => {
    expect(at('2026-01-02T04:00:00Z')).toBe('2025-01-02T00:00:00.000Z');
    expect(at('2026-01-02T01:00:00Z')).toBe('2025-01-02T00:00:00.000Z');
    expect(at('2026-01-02T00:59:59Z')).toBe('2025-01-01T00:00:00.000Z');
    expect(at('2026-01-02T00:00:00Z', 1, 0)).toBe('2026-01-01T00:00:00.000Z');
  });

  test('is never in the future, and never nearer than the days', () => {
    const nows = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(
        nows,
        fc.integer({ min: 1, max: 36_500 }),
        fc.integer({ min: 0, max: 1_440 }),
        (now, days, lag) => {
          const age =
            now.getTime() - Date.parse(cutoffOf({ olderThanDays: days, safetyLagMinutes: lag }, now));
          expect(age).toBeGreaterThanOrEqual(days * 86_400_000 + lag * 60_000);
          expect(age).toBeLessThan((days + 1) * 86_400_000 + lag * 60_000);
        },
      ),
    );
  });
});
