import { describe, expect, test } from '@jest/globals';
import { checkParameters } from '../../../../functions/backup-verify/check-parameters.ts';
import { checkPosture } from '../../../../functions/backup-verify/check-posture.ts';
import { checkQuota } from '../../../../functions/backup-verify/check-quota.ts';
import type { InstanceFact, ParametersFact } from '../../../../functions/backup-verify/facts.ts';
import { denied, expecting, facts, inShort, instance, withInstance } from '../../../support/verify-facts.ts';

const posture = {
  deletionProtection: true,
  multiAz: false,
  storageAutoscaling: true,
  exportedLogs: ['postgresql'],
};
const changed = (change: Partial<InstanceFact>, given: object = posture) =>
  checkPosture(withInstance(change), expecting({ posture: given }));

test('an instance that is set up as the config says passes', () => {
  expect(inShort(changed({}))).toEqual([
    'pass public access',
    'pass deletion protection',
    'pass Multi-AZ',
    'pass storage autoscaling',
    'pass exported logs',
  ]);
});

test('what the config does not name is not looked at', () => {
  expect(inShort(changed({ deletionProtection: false, multiAz: true }, {}))).toEqual(['pass public access']);
});

describe('the morning after someone changed it, it is said', () => {
  test.each<[Partial<InstanceFact>, string]>([
    [{ publiclyAccessible: true }, 'fail public access'],
    [{ deletionProtection: false }, 'fail deletion protection'],
    [{ multiAz: true }, 'warn Multi-AZ'],
    [{ maxAllocatedGiB: null }, 'warn storage autoscaling'],
    [{ maxAllocatedGiB: 100 }, 'warn storage autoscaling'],
    [{ exportedLogs: [] }, 'warn exported logs'],
    [{ exportedLogs: ['postgresql', 'upgrade'] }, 'warn exported logs'],
  ])('%j', (change, line) => {
    const notPassed = inShort(changed(change)).filter((one) => !one.startsWith('pass'));
    expect(notPassed).toEqual([line]);
  });

  test('the safe side of a switch is no failure', () => {
    expect(inShort(changed({}, { ...posture, deletionProtection: false }))).toContain(
      'warn deletion protection',
    );
  });

  test('the command that takes it back names the instance and the option', () => {
    const [access] = changed({ publiclyAccessible: true });
    expect(access?.advice).toContain(
      'aws rds modify-db-instance --db-instance-identifier menotime-prod --no-publicly-accessible',
    );
  });
});

describe('parameters', () => {
  const held = expecting({
    posture: { tlsForced: true, parameters: { log_min_duration_statement: '1000' } },
  });
  const good: ParametersFact = { 'rds.force_ssl': '1', log_min_duration_statement: '1000' };
  const of = (values: ParametersFact, change: Partial<InstanceFact> = {}, settings = held) =>
    inShort(
      checkParameters(
        { ...facts, instance: { value: { ...instance, ...change } }, parameters: { value: values } },
        settings,
      ),
    );

  test('with the configured values pass', () => {
    expect(of(good)).toEqual(['pass TLS', 'pass parameter log_min_duration_statement']);
  });

  test.each<[string, ParametersFact, string]>([
    ['TLS that is not forced', { ...good, 'rds.force_ssl': '0' }, 'fail TLS'],
    ['TLS that is left to the engine', { ...good, 'rds.force_ssl': null }, 'fail TLS'],
    [
      'another value',
      { ...good, log_min_duration_statement: '-1' },
      'warn parameter log_min_duration_statement',
    ],
    [
      "the engine's default",
      { ...good, log_min_duration_statement: null },
      'warn parameter log_min_duration_statement',
    ],
    ['a name that there is not', { 'rds.force_ssl': '1' }, 'fail parameter log_min_duration_statement'],
  ])('%s', (_, values, line) => {
    expect(of(values).filter((one) => !one.startsWith('pass'))).toEqual([line]);
  });

  test('that wait for a reboot are said', () => {
    expect(of(good, { rebootPending: true })).toContain('warn parameters');
  });

  test('are asked for only where the config names any, and never pass unseen', () => {
    expect(checkParameters(facts, expecting({}))).toEqual([]);
    expect(inShort(checkParameters({ ...facts, parameters: null }, held))).toEqual(['fail parameters']);
    expect(checkParameters({ ...facts, parameters: denied }, held)).toEqual([]);
  });
});

test.each([
  [80, 'pass'],
  [81, 'warn'],
  [100, 'fail'],
])('of the quota of 100 manual snapshots, %d are used: %s', (used, status) => {
  const quotas = [{ value: { region: 'us-west-1', used, most: 100 } }];
  expect(inShort(checkQuota({ ...facts, quotas }, expecting({})))).toEqual([`${status} snapshot quota`]);
});
