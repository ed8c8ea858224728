import { describe, expect, test } from '@jest/globals';
import { isWithinHours } from '../../../../functions/alarm-fanout/hours.ts';

const days = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'] as const;
const office = { from: '08:00', to: '18:00', days: [...days], timeZone: 'Europe/Berlin' };
const night = { ...office, from: '22:00', to: '06:00' };
const at = (text: string) => new Date(text);

describe('hours of a day', () => {
  test.each([
    ['2026-01-15T06:59:59Z', false],
    ['2026-01-15T07:00:00Z', true],
    ['2026-01-15T16:59:59Z', true],
    ['2026-01-15T17:00:00Z', false],
    ['2026-07-15T06:00:00Z', true],
    ['2026-07-15T16:00:00Z', false],
  ])('follow the clock of the zone: %s', (now, expected) => {
    expect(isWithinHours(office, at(now))).toBe(expected);
  });

  test('may last until midnight', () => {
    const late = { ...office, to: '24:00', timeZone: 'UTC' };
    expect(isWithinHours(late, at('2026-01-15T23:59:59Z'))).toBe(true);
    expect(isWithinHours(late, at('2026-01-16T00:00:00Z'))).toBe(false);
  });

  test('are those of their days alone', () => {
    expect(isWithinHours({ ...office, days: ['FRI'] }, at('2026-01-15T12:00:00Z'))).toBe(false);
    expect(isWithinHours({ ...office, days: ['THU'] }, at('2026-01-15T12:00:00Z'))).toBe(true);
  });
});

describe('hours that pass midnight', () => {
  test.each([
    ['the evening that they begin on', '2026-01-18T21:00:00Z', true],
    ['the morning after it', '2026-01-19T04:59:00Z', true],
    ['not when they are over', '2026-01-19T05:00:00Z', false],
    ['not the evening after', '2026-01-19T21:30:00Z', false],
    ['not the morning of the day that they begin on', '2026-01-18T04:00:00Z', false],
  ])('belong to %s', (_what, now, expected) => {
    expect(isWithinHours({ ...night, days: ['SUN'] }, at(now))).toBe(expected);
  });

  test.each([
    ['forward', '2026-03-29T22:30:00Z'],
    ['back', '2026-10-25T23:30:00Z'],
  ])('belong to the day before by the calendar, where the clocks went %s', (_way, now) => {
    expect(isWithinHours({ ...night, days: ['SUN'] }, at(now))).toBe(true);
    expect(isWithinHours({ ...night, days: ['SAT', 'MON'] }, at(now))).toBe(false);
  });
});
