import { expect, jest, test } from '@jest/globals';
import { alarmResources, runDimensions } from '../../../../infra/aws/alarms.ts';
import { describeDeployment } from '../../../../infra/aws/deployment.ts';
import { isDaily } from '../../../../infra/aws/scheduled-jobs.ts';
import { chooseStage, parseConfig } from '../../../../shared/config/define.ts';
import { publishMetrics } from '../../../../shared/job/metrics.ts';

function alarmNames(schedule: string): unknown[] {
  const databases = {
    shop: {
      instance: 'shop',
      databaseName: 'shop',
      auth: { kind: 'iam', user: 'nightshift' },
      snapshotExport: { schedule },
    },
  };
  const stages = {
    test: { account: '111122223333', region: 'eu-central-1', backupBucket: 'backups', databases },
  };
  const config = chooseStage(parseConfig({ stages }, 'a config'), 'test', 'a config');
  const alarms = alarmResources(describeDeployment('test', config, ['snapshot-export']));
  return Object.values(alarms).map(({ Properties }) => Properties.AlarmName);
}

test('alarms look for the dimensions that a run’s metrics have', async () => {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await publishMetrics({ job: 'snapshot-export', stage: 'prod', database: 'shop' }, [
    { name: 'RunSucceeded', unit: 'Count', value: 1 },
  ]);
  const line = JSON.parse(String(written.mock.calls.at(-1)?.[0]));
  written.mockRestore();
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  const dimensions = runDimensions('prod', { job: 'snapshot-export', database: 'shop' });
  expect(Namespace).toBe('Nightshift');
  expect(Metrics.map(({ Name }: { Name: string }) => Name)).toEqual(['RunSucceeded']);
  expect(Dimensions.map((names: string[]) => [...names].sort())).toEqual([Object.keys(dimensions).sort()]);
  expect(line).toMatchObject(dimensions);
});

test('a missed night is watched for where there is a run every day', () => {
  expect(alarmNames('cron(30 3 * * ? *)')).toContain('nightshift-test-snapshot-export-shop-missed');
  expect(alarmNames('cron(30 3 ? * SUN *)')).not.toContain('nightshift-test-snapshot-export-shop-missed');
  expect(alarmNames('cron(30 3 ? * SUN *)')).toContain('nightshift-test-snapshot-export-shop-failed');
});

test.each([
  ['cron(30 3 * * ? *)', true],
  ['cron(30 3 ? * * *)', true],
  ['cron(0/15 * * * ? *)', true],
  ['cron(30 3 * * ?)', true],
  ['rate(1 day)', true],
  ['rate(12 hours)', true],
  ['rate(30 minutes)', true],
  ['cron(30 3 ? * MON-FRI *)', false],
  ['cron(30 3 1 * ? *)', false],
  ['cron(30 3 * 1 ? *)', false],
  ['cron(30 3 * * ? 2027)', false],
  ['rate(2 days)', false],
  ['rate(36 hours)', false],
  ['at(2027-01-02T03:04:05)', false],
])('%s: every day is %s', (schedule, daily) => {
  expect(isDaily(schedule)).toBe(daily);
});
