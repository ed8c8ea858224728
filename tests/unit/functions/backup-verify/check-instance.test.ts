import { describe, expect, test } from '@jest/globals';
import { checkInstance } from '../../../../functions/backup-verify/check-instance.ts';
import {
  denied,
  expected,
  expecting,
  facts,
  inShort,
  key,
  withInstance,
} from '../../../support/verify-facts.ts';

test('an instance as it is meant to be passes', () => {
  expect(inShort(checkInstance(facts, expected))).toEqual([
    'pass instance',
    'pass retention',
    'pass backup window',
    'pass encryption',
  ]);
});

test('an instance that is gone is a failure; one that could not be asked is told elsewhere', () => {
  expect(inShort(checkInstance({ ...facts, instance: { value: null } }, expected))).toEqual([
    'fail instance',
  ]);
  expect(checkInstance({ ...facts, instance: denied }, expected)).toEqual([]);
});

describe('retention', () => {
  test('of 0 days is a loud failure, whatever the config promises', () => {
    for (const backupRetentionDays of [7, 0]) {
      const [, retention] = checkInstance(
        withInstance({ backupRetentionDays: 0 }),
        expecting({ posture: { backupRetentionDays } }),
      );
      expect(retention).toMatchObject({
        status: 'fail',
        fact: expect.stringContaining('SWITCHED OFF'),
        advice: expect.stringMatching(/--backup-retention-period [17] /),
      });
    }
  });

  test.each([
    [6, 'fail'],
    [7, 'pass'],
    [8, 'warn'],
  ])('of %d days, with 7 promised: %s', (backupRetentionDays, status) => {
    expect(checkInstance(withInstance({ backupRetentionDays }), expected)[1]).toMatchObject({ status });
  });
});

test('another window than the configured one is said; without a configured one any will do', () => {
  const moved = withInstance({ backupWindow: '12:00-12:30' });
  expect(checkInstance(moved, expected)[2]).toMatchObject({
    check: 'backup window',
    status: 'warn',
    limit: '03:00-03:30',
  });
  expect(inShort(checkInstance(moved, expecting({})))).toEqual([
    'pass instance',
    'pass retention',
    'pass encryption',
  ]);
});

describe('encryption', () => {
  const of = (change: object, posture: object) =>
    checkInstance(withInstance(change), expecting({ posture })).at(-1);

  test('that is promised and missing is a failure', () => {
    expect(of({ encrypted: false, kmsKeyId: null }, {})).toMatchObject({ status: 'fail' });
    expect(of({ encrypted: false, kmsKeyId: null }, { encrypted: false })).toMatchObject({ status: 'pass' });
  });

  test('under another key than the configured one is a failure', () => {
    expect(of({ kmsKeyId: key.replace('0001', '0009') }, { kmsKeyId: key })).toMatchObject({
      status: 'fail',
    });
    expect(of({}, { kmsKeyId: key.split('/')[1] })).toMatchObject({ status: 'pass' });
  });
});

describe('its state', () => {
  test.each([
    ['available', 'pass'],
    ['backing-up', 'pass'],
    ['storage-optimization', 'pass'],
    ['stopped', 'warn'],
    ['storage-full', 'fail'],
    ['incompatible-network', 'fail'],
    ['inaccessible-encryption-credentials-recoverable', 'fail'],
    ['deleting', 'fail'],
  ])('%s: %s', (status, said) => {
    expect(checkInstance(withInstance({ status }), expected)[0]).toMatchObject({
      check: 'instance',
      status: said,
      fact: expect.stringContaining(status),
    });
  });

  test('without its key is said to leave no backup that could be restored', () => {
    const [found] = checkInstance(withInstance({ status: 'inaccessible-encryption-credentials' }), expected);
    expect(found?.advice).toContain('aws kms describe-key');
  });
});
