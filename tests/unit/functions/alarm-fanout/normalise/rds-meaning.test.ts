import { describe, expect, test } from '@jest/globals';
import { instanceEvents } from '../../../../../functions/alarm-fanout/normalise/rds-instance-events.ts';
import { meaningOf } from '../../../../../functions/alarm-fanout/normalise/rds-meaning.ts';
import { otherEvents } from '../../../../../functions/alarm-fanout/normalise/rds-other-events.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';

const known = [...instanceEvents, ...otherEvents];

test('each id stands once', () => {
  const ids = known.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^RDS-EVENT-\d{4}$/);
});

test.each(known.map((one) => [one.id, one] as const))(
  '%s either means something or says why not',
  (_, one) => {
    const told = [one.begins, one.happened, ...(one.ends ?? [])].filter((part) => part !== undefined);
    expect(told.length > 0).toBe(one.ignored === undefined);
  },
);

test('whatever begins is ended by something besides the end of the instance', () => {
  const deletion = 'RDS-EVENT-0003';
  const ended = new Set(
    known
      .filter(({ id }) => id !== deletion)
      .flatMap(({ ends = [] }) => ends.map(({ condition }) => condition)),
  );
  const begun = new Set(known.flatMap(({ begins }) => begins?.condition ?? []));
  expect([...begun].filter((condition) => !ended.has(condition))).toEqual([]);
  expect([...ended].filter((condition) => !begun.has(condition))).toEqual([]);
  const [deleted] = known.filter(({ id }) => id === deletion);
  expect(deleted?.ends?.map(({ condition }) => condition).sort()).toEqual([...begun].sort());
});

describe('an event without an id is told by its words', () => {
  test.each(known.filter(({ says }) => says !== '').map((one) => [one.says, one.id] as const))(
    '%s',
    (says, id) => {
      expect(meaningOf({ eventId: null, message: `${says}: more`, categories: [] }).id).toBe(id);
    },
  );
});

describe('an event that is not known', () => {
  const unknown = { eventId: 'RDS-EVENT-9999', message: 'Something new' };

  test.each([['failure'], ['Low Storage'], ['maintenance', 'failure']])(
    'of the category %s is told',
    (...categories) => {
      expect(meaningOf({ ...unknown, categories })).toMatchObject({
        happened: { condition: 'rds-event-9999', severity: 'warning' },
      });
    },
  );

  test('of another is ignored', () => {
    expect(meaningOf({ ...unknown, categories: ['maintenance'] })).toHaveProperty('ignored');
  });

  test('by SNS, which does not say the category, is told where its words are bad', () => {
    expect(meaningOf({ ...unknown, categories: [] })).toHaveProperty('ignored');
    expect(meaningOf({ ...unknown, message: 'The upgrade failed', categories: [] })).toHaveProperty(
      'happened',
    );
  });
});

test('an instance of a restore drill is the drill’s business', () => {
  const raw = JSON.stringify(sample('rds-0087-stopped')).replaceAll(
    'menotime-prod',
    'nightshift-drill-menotime-2026-01-04',
  );
  expect(alertsOf(JSON.parse(raw))).toEqual([]);
});

test('a deleted instance is told of, and ends whatever was on of it', () => {
  const event = sample('rds-0087-stopped') as { detail: object };
  const detail = { ...event.detail, EventID: 'RDS-EVENT-0003', Message: 'DB instance deleted' };
  const alerts = alertsOf({ ...event, detail });
  expect(alerts[0]).toMatchObject({ name: 'rds/menotime-prod/deleted', state: 'ALARM', momentary: true });
  expect(alerts.slice(1).map(({ state }) => state)).toEqual(Array(7).fill('OK'));
});
