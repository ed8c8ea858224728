import { describe, expect, test } from '@jest/globals';
import { checkRecoveryWindow, lagOf } from '../../../../functions/backup-verify/check-recovery-window.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import {
  denied,
  expected,
  expecting,
  facts,
  inShort,
  instance,
  now,
  past,
  withInstance,
} from '../../../support/verify-facts.ts';

const check = (given: Facts, held = expected) => checkRecoveryWindow(given, held, now);
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

test('a window that begins a week ago and ends four minutes ago passes', () => {
  expect(inShort(check(facts))).toEqual(['pass latest restorable time', 'pass earliest restorable time']);
});

describe('the latest restorable time', () => {
  test.each([
    [10, 'pass'],
    [10.1, 'warn'],
    [15, 'warn'],
    [15.1, 'fail'],
    [-1, 'pass'],
  ])('%d minutes behind: %s', (minutes, status) => {
    const [lag] = check(withInstance({ latestRestorableTime: minutesAgo(minutes) }));
    expect(lag).toMatchObject({ check: 'latest restorable time', status });
  });

  test('that is not told is a failure', () => {
    expect(check(withInstance({ latestRestorableTime: null }))[0]).toMatchObject({ status: 'fail' });
  });

  test('is not missed where backups are switched off, which is told as such', () => {
    expect(check(withInstance({ backupRetentionDays: 0, latestRestorableTime: null }))).toEqual([]);
  });
});

describe('an instance that is stopped', () => {
  const held = expecting({ limits: { recoveryPointMinutes: 12 } });
  const stopped = withInstance({ status: 'stopped', latestRestorableTime: minutesAgo(600) });

  test('writes nothing that could be lost: its time stands still', () => {
    expect(check(stopped, held)[0]).toMatchObject({
      check: 'latest restorable time',
      status: 'no baseline',
      fact: expect.stringContaining('is stopped'),
    });
    expect(inShort(check(stopped, held))).not.toContain('fail recovery point');
    expect(lagOf(stopped)).toBeUndefined();
  });
});

describe('the recovery point objective', () => {
  const held = expecting({ limits: { recoveryPointMinutes: 12 } });
  const withLags = (...lags: { at: string; seconds: number }[]) => ({
    ...facts,
    past: { value: { ...past, lags } },
  });

  test('is held against the worst since yesterday, and today', () => {
    expect(check(withLags({ at: minutesAgo(24 * 60), seconds: 700 }), held)[1]).toMatchObject({
      status: 'pass',
      fact: expect.stringContaining(
        '2 looks since yesterday, the worst would have lost 12 min, at 2026-03-19',
      ),
    });
    expect(check(withLags({ at: minutesAgo(24 * 60), seconds: 721 }), held)[1]).toMatchObject({
      check: 'recovery point',
      status: 'fail',
      limit: 'the recovery point objective, 12 min',
    });
  });

  test('is not held against what was longer ago', () => {
    expect(check(withLags({ at: minutesAgo(27 * 60), seconds: 9_000 }), held)[1]).toMatchObject({
      status: 'pass',
      fact: expect.stringContaining('one look'),
    });
  });
});

describe('the earliest restorable time', () => {
  const beginning = (earliest: string | null, change: Partial<Facts> = {}) =>
    check({ ...facts, window: { value: { earliest, latest: null } }, ...change })[1];

  test.each([
    ['2026-03-14T07:00:00.000Z', 'pass'],
    ['2026-03-14T07:01:00.000Z', 'fail'],
    [null, 'fail'],
  ])('%s, with 7 days promised and a day that RDS may have dropped: %s', (earliest, status) => {
    expect(beginning(earliest)).toMatchObject({ check: 'earliest restorable time', status });
  });

  test('of a young instance has nothing to be compared with', () => {
    const createdAt = '2026-03-18T12:00:00.000Z';
    expect(
      beginning('2026-03-18T12:10:00.000Z', { instance: { value: { ...instance, createdAt } } }),
    ).toMatchObject({ status: 'no baseline' });
  });

  test('that stays where it was while the window grows is only a warning, with the day on which it is full', () => {
    const earliest = '2026-03-17T12:00:00.000Z';
    expect(beginning(earliest, { past: { value: { ...past, earliestRestorable: earliest } } })).toMatchObject(
      { status: 'warn', advice: expect.stringContaining('2026-03-24 12:00 UTC') },
    );
  });

  test('that moves by a day while the promise was raised is only too short yet', () => {
    const days = expecting({ posture: { backupRetentionDays: 14 } });
    const yesterday = { value: { ...past, earliestRestorable: '2026-03-12T03:10:00.000Z' } };
    const given = { ...facts, past: yesterday };
    expect(checkRecoveryWindow(given, days, now).at(-1)).toMatchObject({ status: 'warn' });
  });

  test('that is too short at the first look has nothing to be compared with, and is worth a warning', () => {
    const given = { past: { value: null } };
    expect(beginning('2026-03-17T12:00:00.000Z', given)).toMatchObject({ status: 'warn' });
  });

  test('that has moved forward has lost something', () => {
    expect(beginning('2026-03-19T12:00:00.000Z')).toMatchObject({ status: 'fail' });
  });

  test('is not judged where it could not be asked', () => {
    expect(inShort(check({ ...facts, window: denied }))).toEqual(['pass latest restorable time']);
  });
});
