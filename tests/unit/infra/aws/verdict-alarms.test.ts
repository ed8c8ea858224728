import { expect, test } from '@jest/globals';
import { alarmResources } from '../../../../infra/aws/alarms.ts';
import { type DatabaseInput, deployed, drilledInput } from '../../../support/deployed-stage.ts';

const { restoreDrill: _, ...bare } = drilledInput;
const drilling = (missedAfterDays: number): DatabaseInput => ({ ...bare, restoreDrill: { missedAfterDays } });

function alarms(database: DatabaseInput): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.values(alarmResources(deployed({ shop: database }))).map(({ Properties }) => [
      String(Properties.AlarmName).replace('nightshift-test-', ''),
      Properties,
    ]),
  );
}

const backupVerify = {};
const ofVerify = [
  { Name: 'service', Value: 'backup-verify' },
  { Name: 'Stage', Value: 'test' },
  { Name: 'Database', Value: 'shop' },
];

test('a bad verdict rings until a better one', () => {
  expect(alarms({ ...bare, backupVerify })['backup-verify-shop-bad-verdict']).toMatchObject({
    MetricName: 'VerdictOk',
    Dimensions: ofVerify,
    Statistic: 'Minimum',
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    TreatMissingData: 'ignore',
    OKActions: [{ Ref: 'AlertTopic' }],
  });
});

test('a day without checks is missed after 30 hours', () => {
  expect(alarms({ ...bare, backupVerify })['backup-verify-shop-missed']).toMatchObject({
    MetricName: 'RunSucceeded',
    EvaluationPeriods: 30,
    TreatMissingData: 'breaching',
  });
});

test('a drill that is missing for longer than CloudWatch looks back is told by the age that the checks give', () => {
  expect(alarms({ ...drilling(9), backupVerify })['restore-drill-shop-missed']).toMatchObject({
    MetricName: 'DrillAgeDays',
    Dimensions: ofVerify,
    Statistic: 'Maximum',
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 9,
    TreatMissingData: 'ignore',
  });
});

test('without checks nothing knows of an older drill, and no alarm pretends to', () => {
  expect(Object.keys(alarms(drilling(9)))).not.toContain('restore-drill-shop-missed');
});

test('a drill that is missed within a week is missed by its own metric, with checks and without', () => {
  for (const database of [drilling(7), { ...drilling(7), backupVerify }]) {
    expect(alarms(database)['restore-drill-shop-missed']).toMatchObject({
      MetricName: 'RunSucceeded',
      Dimensions: [{ Name: 'service', Value: 'restore-drill' }, ...ofVerify.slice(1)],
      Period: 3_600,
      EvaluationPeriods: 7 * 24,
    });
  }
});

test('a failed drill rings', () => {
  expect(alarms(drilling(9))['restore-drill-shop-failed']).toMatchObject({ MetricName: 'RunFailed' });
});

test('the reaper rings when an invocation failed, and when none succeeded for three hours', () => {
  const found = alarms(drilling(9));
  expect(found['drill-reaper-failed']).toMatchObject({
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: 'nightshift-test-drill-reaper' }],
    Threshold: 1,
  });
  expect(found['drill-reaper-missed']).toMatchObject({
    Namespace: 'Nightshift',
    MetricName: 'RunSucceeded',
    Dimensions: [
      { Name: 'service', Value: 'drill-reaper' },
      { Name: 'Stage', Value: 'test' },
    ],
    Period: 3_600,
    EvaluationPeriods: 3,
    TreatMissingData: 'breaching',
  });
  // It has no execution that could fail or time out.
  expect(Object.keys(found).filter((name) => name.startsWith('drill-reaper'))).toHaveLength(2);
});
