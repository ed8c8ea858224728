import { describe, expect, test } from '@jest/globals';
import { type HoldFacts, isInhibitor, reasonToHold } from '../../../../functions/alarm-fanout/hold.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import { alarmNamed, alarmsConfig, alert } from '../../../support/alarm-fixtures.ts';

const facts = (more: Partial<HoldFacts> = {}): HoldFacts => ({
  config: alarmsConfig(),
  silences: [],
  inhibitors: [],
  now: new Date('2026-11-21T10:00:00Z'),
  ...more,
});
const inhibitor = ({ key, name, database, children }: Alert) => ({ key, name, database, children });

describe('alarms that explain each other', () => {
  const config = alarmsConfig({ inhibit: [{ when: ['*-down'], hides: ['*'] }] });
  const downs = ['a-down', 'b-down', 'c-down'].map((name) => alarmNamed(name));
  const [first, ...others] = downs;
  const inhibitors = downs.map(inhibitor);

  test('do not hold each other back: one is told, and stands for the others and for what they hide', () => {
    expect(first && reasonToHold(first, facts({ config, inhibitors }))).toBeNull();
    for (const one of [...others, alert])
      expect(reasonToHold(one, facts({ config, inhibitors }))).toMatch(/-down is on and explains it/);
  });

  test('are held where another explains all of them', () => {
    const parent = {
      key: 'arn:parent',
      name: 'everything',
      database: null,
      children: downs.map(({ key }) => key),
    };
    for (const one of downs)
      expect(reasonToHold(one, facts({ config, inhibitors: [...inhibitors, parent] }))).not.toBeNull();
  });

  test('in a ring are told of by one', () => {
    const ring = alarmsConfig({
      inhibit: [
        { when: ['a-down'], hides: ['b-down'] },
        { when: ['b-down'], hides: ['c-down'] },
        { when: ['c-down'], hides: ['a-down'] },
      ],
    });
    const told = downs.filter((one) => reasonToHold(one, facts({ config: ring, inhibitors })) === null);
    expect(told.map(({ name }) => name)).toEqual(['a-down']);
  });
});

describe('what CloudWatch holds back', () => {
  const muted = (until: string | null): Alert => ({ ...alert, quiet: { by: 'a rule', until } });

  test.each([
    ['is held until then', '2026-11-21T10:00:01.000Z', true],
    ['is not held after', '2026-11-21T10:00:00.000Z', false],
  ])('until a moment %s', (_what, until, isHeld) => {
    expect(reasonToHold(muted(until), facts()) !== null).toBe(isHeld);
  });

  test('without an end is held for a day, and not for ever', () => {
    expect(reasonToHold(muted(null), facts())).not.toBeNull();
    expect(reasonToHold(muted(null), facts({ now: new Date('2026-11-22T09:59:59Z') }))).not.toBeNull();
    expect(reasonToHold(muted(null), facts({ now: new Date('2026-11-22T10:00:00Z') }))).toBeNull();
  });
});

describe('a maintenance window that passes midnight', () => {
  const config = alarmsConfig({ maintenance: [{ window: { from: '23:00', hours: 3 }, days: ['SAT'] }] });

  test.each([
    ['on its day', '2026-11-21T23:00:00Z', true],
    ['after midnight', '2026-11-22T01:59:59Z', true],
    ['at its end', '2026-11-22T02:00:00Z', false],
    ['the evening after', '2026-11-22T23:30:00Z', false],
    ['the night before', '2026-11-21T01:00:00Z', false],
  ])('belongs to the day that it began on: %s', (_what, now, isHeld) => {
    expect(reasonToHold(alert, facts({ config, now: new Date(now) })) !== null).toBe(isHeld);
  });
});

test('an alarm of a database explains nothing of another, and whatever explains others is known as such', () => {
  const config = alarmsConfig({ inhibit: [{ when: ['*-down'], hides: ['*'] }] });
  const elsewhere = inhibitor(alarmNamed('a-down', { database: 'shop' }));
  expect(reasonToHold(alert, facts({ config, inhibitors: [elsewhere] }))).toBeNull();
  expect(isInhibitor(alarmNamed('a-down'), config)).toBe(true);
  expect(isInhibitor(alert, config)).toBe(false);
  expect(isInhibitor({ ...alert, children: ['arn:child'] }, config)).toBe(true);
});
