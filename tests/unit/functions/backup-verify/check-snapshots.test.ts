import { describe, expect, test } from '@jest/globals';
import { checkSnapshots } from '../../../../functions/backup-verify/check-snapshots.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import {
  automated,
  days,
  denied,
  expected,
  expecting,
  facts,
  inShort,
  instance,
  now,
  past,
  withAutomated,
} from '../../../support/verify-facts.ts';

const check = (given: Facts, settings = expected) => checkSnapshots(given, settings, now);
const short = (given: Facts, settings = expected) => inShort(check(given, settings));
const all = days.map((day) => automated(day));

test('a snapshot each night, the newest of this morning: all pass', () => {
  expect(short(facts)).toEqual(['pass snapshot age', 'pass nights', 'pass failed snapshots']);
});

describe('the newest usable automated snapshot', () => {
  test.each([
    ['2026-03-19T05:00:00.000Z', 'pass'],
    ['2026-03-19T04:59:00.000Z', 'fail'],
  ])('begun %s, with 25 h allowed at 06:00: %s', (createdAt, status) => {
    const [age] = check(withAutomated([automated('2026-03-19', { createdAt })]));
    expect(age).toMatchObject({ check: 'snapshot age', status, limit: '25 h' });
  });

  test('is not one that is still being made, or that failed', () => {
    const fresh = [
      automated('2026-03-20', { status: 'creating', createdAt: null }),
      automated('2026-03-19', { status: 'failed' }),
      automated('2026-03-18'),
    ];
    const [age] = check(withAutomated(fresh));
    expect(age).toMatchObject({
      status: 'fail',
      fact: expect.stringMatching(/rds:menotime-prod-2026-03-18-03-05.*50 h 55 min ago/),
    });
  });

  test.each([
    ['2026-03-19T02:00:00.000Z', 'warn'],
    ['2026-03-19T01:59:00.000Z', 'fail'],
  ])('begun %s while the next one is being made, up to 3 h past the limit: %s', (createdAt, status) => {
    const making = automated('2026-03-20', { status: 'creating', createdAt: null });
    const [age] = check(withAutomated([making, automated('2026-03-19', { createdAt })]));
    expect(age).toMatchObject({ check: 'snapshot age', status });
  });

  test('missing altogether is a failure, also on the first day', () => {
    expect(short(withAutomated([]))).toEqual([
      'fail snapshot age',
      'no baseline nights',
      'pass failed snapshots',
    ]);
  });

  test('may be older where the config says so', () => {
    const old = withAutomated([automated('2026-03-18')]);
    expect(short(old, expecting({ limits: { snapshotAgeHours: 72 } }))[0]).toBe('pass snapshot age');
  });
});

describe('nights', () => {
  test('without a snapshot are named', () => {
    const gaps = all.filter((_, index) => ![2, 5, 6].includes(index));
    expect(check(withAutomated(gaps))[1]).toMatchObject({
      status: 'fail',
      fact: '3 nights without an automated snapshot since 2026-03-13: 2026-03-15, 2026-03-18, 2026-03-19.',
    });
  });

  describe('of a stopped week', () => {
    const gap = withAutomated(all.filter((_, index) => ![3, 4].includes(index)));
    const seen = (restingAt: readonly string[]) =>
      check({ ...gap, past: { value: { ...past, restingAt } } })[1];

    test('are a warning that says so, where the checks of those days saw the instance stopped', () => {
      expect(seen(['2026-03-16T06:00:05.000Z', '2026-03-17T06:00:05.000Z'])).toMatchObject({
        status: 'warn',
        fact: '2 nights without an automated snapshot since 2026-03-13: 2026-03-16, 2026-03-17. The instance was stopped then.',
      });
    });

    test('are missing where it was seen stopped on others', () => {
      expect(seen(['2026-03-15T06:00:00.000Z', '2026-03-17T06:00:00.000Z'])).toMatchObject({
        status: 'fail',
        fact: expect.stringContaining('The instance was stopped in 1 of them.'),
      });
      expect(seen([])).toMatchObject({ status: 'fail' });
    });
  });

  test('with one that failed have none', () => {
    const failed = all.map((one, index) =>
      index === 3 ? { ...one, status: 'failed', createdAt: null } : one,
    );
    expect(short(withAutomated(failed))).toEqual([
      'pass snapshot age',
      'fail nights',
      'fail failed snapshots',
    ]);
  });

  test('are counted right where the window lies around midnight', () => {
    const at = ['2026-03-16T23:58:00.000Z', '2026-03-18T00:03:00.000Z', '2026-03-18T23:57:00.000Z'];
    const around = at.map((createdAt) => automated('x', { createdAt }));
    expect(short(withAutomated(around))[1]).toBe('pass nights');
  });

  test('are not missed where the window was moved by half a day', () => {
    const at = ['2026-03-17T03:00:00.000Z', '2026-03-18T15:00:00.000Z', '2026-03-19T15:00:00.000Z'];
    expect(short(withAutomated(at.map((createdAt) => automated('x', { createdAt }))))[1]).toBe('pass nights');
  });

  test('before the retention are not looked at', () => {
    expect(short(withAutomated([automated('2026-02-01'), ...all]))[1]).toBe('pass nights');
  });
});

test('a manual snapshot that failed is no backup, and only in the way', () => {
  if (!('value' in facts.snapshots)) throw new Error('The good facts have snapshots.');
  const given = { ...facts, snapshots: { value: { ...facts.snapshots.value, failedManual: ['pre-v1'] } } };
  expect(check(given)[2]).toMatchObject({ status: 'warn', fact: expect.stringContaining('pre-v1') });
});

test('nothing is said of snapshots that were not seen', () => {
  expect(check({ ...facts, snapshots: denied })).toEqual([]);
});

test('of an instance that is stopped an old one is what is to be expected, and worth a word', () => {
  const given = withAutomated([automated('2026-03-18')]);
  const [age] = check({ ...given, instance: { value: { ...instance, status: 'stopped' } } });
  expect(age).toMatchObject({ check: 'snapshot age', status: 'warn' });
});

test('those of an earlier instance of the same name do not count, and are told', () => {
  const given = withAutomated([]);
  if (!('value' in given.snapshots)) throw new Error('The good facts have snapshots.');
  const snapshots = {
    value: { ...given.snapshots.value, ofEarlier: ['rds:menotime-prod-2026-03-20-03-05'] },
  };
  const [age] = check({ ...given, snapshots });
  expect(age).toMatchObject({
    status: 'fail',
    fact: expect.stringContaining('1 under its name is of an earlier instance: rds:menotime-prod-2026'),
  });
});

test('the backup that is advised is a new one each time: a label names one for ever', () => {
  expect(check(withAutomated([]))[0]?.advice).toContain(
    '`nightshift backup now --label by-hand-20260320-0600`',
  );
});
