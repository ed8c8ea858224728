import { describe, expect, test } from '@jest/globals';
import { checkAll } from '../../../../functions/backup-verify/checks.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import { measureFacts } from '../../../../functions/backup-verify/measure.ts';
import { reachVerdict } from '../../../../functions/backup-verify/verdict.ts';
import {
  denied,
  expected,
  facts,
  instance,
  withAutomated,
  withInstance,
} from '../../../support/verify-facts.ts';

const verdict = (given: Facts) =>
  reachVerdict(given, measureFacts(given, expected), checkAll(given, expected));
const nothing = {
  automated: [],
  newestManual: null,
  manualCount: 0,
  failedManual: [],
  ofEarlier: [],
};

test('all is well: to when, in how long, and how it is known', () => {
  expect(verdict(facts)).toEqual({
    kind: 'restorable',
    ok: true,
    sentence:
      'restorable to 2026-03-20 05:56 UTC, in about 12 min, proven 2026-03-15 by the drill 2026-03-15 of rds:menotime-prod-2026-03-15-03-05',
  });
});

test('without a drill nobody knows how long it takes, and the sentence says so', () => {
  const given: Facts = { ...facts, drills: { value: { lastSuccess: null, failedSince: null } } };
  expect(verdict(given).sentence).toBe(
    'restorable to 2026-03-20 05:56 UTC, in a time that no drill has measured, proven by none',
  );
});

test('a drill of an earlier instance of the same name is no proof of this one, and the sentence says so', () => {
  const given = withInstance({ createdAt: '2026-03-18T12:00:00.000Z' });
  expect(verdict(given).sentence).toBe(
    'restorable to 2026-03-20 05:56 UTC, in about 12 min, proven by none: the last drill, 2026-03-15, restored an earlier instance of this name',
  );
});

describe('a failure', () => {
  test('leaves it in doubt, the failures first, and what is seen behind them', () => {
    const { kind, ok, sentence } = verdict(withAutomated([]));
    expect({ kind, ok }).toEqual({ kind: 'in doubt', ok: false });
    expect(sentence).toMatch(
      /^in doubt: snapshot age: There is no automated snapshot .*As far as was seen, restorable to 2026-03-20 05:56 UTC/,
    );
  });

  test('of more than three is counted', () => {
    const { sentence } = verdict(
      withInstance({
        backupRetentionDays: 0,
        latestRestorableTime: null,
        publiclyAccessible: true,
        encrypted: false,
        backupWindow: '01:00-01:30',
      }),
    );
    expect(sentence).toMatch(
      /^in doubt: retention: AUTOMATED BACKUPS .*restorable to 2026-03-20 03:05 UTC from the snapshot rds:/,
    );
    const many = verdict({
      ...withInstance({ publiclyAccessible: true, encrypted: false }),
      snapshots: denied,
      drills: denied,
    });
    expect(many.sentence).toContain('And 1 more failed.');
  });
});

describe('what can be restored', () => {
  const gone = { value: { ...instance, latestRestorableTime: null, backupRetentionDays: 0 } };

  test('is nothing only where everything was seen', () => {
    const none: Facts = {
      ...facts,
      instance: gone,
      snapshots: { value: nothing },
      copies: { value: { newest: null, count: 0, failed: [] } },
    };
    expect(verdict(none)).toMatchObject({ kind: 'NOT restorable', ok: false });
    expect(verdict({ ...none, copies: denied })).toMatchObject({
      kind: 'in doubt',
      sentence: expect.stringContaining('What could be restored was not seen.'),
    });
  });

  test('is the newest snapshot of either region where there is no point in time', () => {
    const given: Facts = { ...facts, instance: { value: null }, snapshots: { value: nothing } };
    expect(measureFacts(given, expected)).toMatchObject({
      restorableTo: '2026-03-20T03:05:00.000Z',
      restorableFrom: 'the snapshot nightshift-prod-menotime-2026-03-20',
    });
  });

  test('is no snapshot that is still being made', () => {
    const [first] = 'value' in facts.snapshots ? facts.snapshots.value.automated : [];
    if (!first) throw new Error('The good facts have snapshots.');
    const given: Facts = {
      ...facts,
      instance: gone,
      copies: null,
      snapshots: { value: { ...nothing, automated: [{ ...first, status: 'creating', createdAt: null }] } },
    };
    expect(measureFacts(given, expected)).toMatchObject({ restorableTo: null, backupAgeHours: null });
  });
});
