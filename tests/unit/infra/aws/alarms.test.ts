import { expect, jest, test } from '@jest/globals';
import { alarmResources } from '../../../../infra/aws/alarms.ts';
import { describeDeployment } from '../../../../infra/aws/deployment.ts';
import { runDimensions } from '../../../../infra/aws/run-dimensions.ts';
import { isDaily } from '../../../../infra/aws/scheduled-jobs.ts';
import { chooseStage, parseConfig } from '../../../../shared/config/define.ts';
import { publishMetrics } from '../../../../shared/job/metrics.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';

interface AlarmProperties {
  readonly AlarmName: string;
  readonly MetricName: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly OKActions?: unknown;
}

function alarmsOf(snapshotExport: object): AlarmProperties[] {
  const databases = {
    shop: {
      instance: 'shop',
      databaseName: 'shop',
      auth: { kind: 'iam', user: 'nightshift' },
      snapshotExport,
    },
  };
  const stages = {
    test: { account: '111122223333', region: 'eu-central-1', backupBucket: 'backups', databases },
  };
  const config = chooseStage(parseConfig({ stages }, 'a config'), 'test', 'a config');
  const alarms = alarmResources(describeDeployment('test', config, ['snapshot-export']));
  return Object.values(alarms).map(({ Properties }) => Properties as unknown as AlarmProperties);
}

const alarmNames = (schedule: string) => alarmsOf({ schedule }).map(({ AlarmName }) => AlarmName);
const missed = (snapshotExport: object) =>
  alarmsOf(snapshotExport).find(({ AlarmName }) => AlarmName.endsWith('-missed'));

test.each([{ job: 'snapshot-export', database: 'shop' }, { job: 'drill-reaper' }])(
  'alarms look for the dimensions that the metrics of %o have',
  async (run) => {
    const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    await publishMetrics({ ...run, stage: 'prod' }, [{ name: 'RunSucceeded', unit: 'Count', value: 1 }]);
    const line = JSON.parse(String(written.mock.calls.at(-1)?.[0]));
    written.mockRestore();
    const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
    const dimensions = runDimensions('prod', run);
    expect(Namespace).toBe('Nightshift');
    expect(Metrics.map(({ Name }: { Name: string }) => Name)).toEqual(['RunSucceeded']);
    expect(Dimensions.map((names: string[]) => [...names].sort())).toEqual([Object.keys(dimensions).sort()]);
    expect(line).toMatchObject(dimensions);
  },
);

test('a missed night is watched for where there is a run every day', () => {
  expect(alarmNames('cron(30 3 * * ? *)')).toContain('nightshift-test-snapshot-export-shop-missed');
  expect(alarmNames('cron(30 3 ? * SUN *)')).not.toContain('nightshift-test-snapshot-export-shop-missed');
  expect(alarmNames('cron(30 3 ? * SUN *)')).toContain('nightshift-test-snapshot-export-shop-failed');
});

test('a night is missed after 30 hours without a success, or as many as the config says', () => {
  expect(missed({})).toMatchObject({ EvaluationPeriods: 30, DatapointsToAlarm: 30, Period: 3_600 });
  expect(missed({ missedAfterHours: 48 })?.EvaluationPeriods).toBe(48);
});

test.each([24, 169, 30.5])(
  'missedAfterHours of %s is refused: less than a day, or more than CloudWatch looks back',
  (hours) => {
    expect(() => missed({ missedAfterHours: hours })).toThrow(/missedAfterHours/);
  },
);

test('a recovery is told where something lasted, not where one run failed and others go on', () => {
  const recovering = alarmsOf({}).filter(({ OKActions }) => OKActions !== undefined);
  expect(recovering.map(({ AlarmName }) => AlarmName).sort()).toEqual([
    'nightshift-test-dead-letters',
    'nightshift-test-snapshot-export-shop-missed',
    'nightshift-test-undelivered',
  ]);
});

test('a failed run rings once by its own metric, and once where its execution died', () => {
  const metrics = alarmsOf({}).map(({ MetricName }) => MetricName);
  expect(metrics.filter((metric) => /Error|Fail/.test(metric))).toEqual([
    'DurableExecutionFailed',
    'RunFailed',
  ]);
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

test('two databases whose alarms would be called the same are refused: one of both would never ring', () => {
  const maintained = { ...drilledInput, dbMaintenance: {} };
  const alarmsOfTwo = (other: string) =>
    alarmResources(deployed({ shop: maintained, [other]: { ...maintained, instance: other } }));
  expect(() => alarmsOfTwo('shop-urgent')).toThrow(
    'Alarms of two databases would be called the same: db-maintenance-shop-urgent-missed.',
  );
  expect(Object.keys(alarmsOfTwo('shop-eager')).length).toBeGreaterThan(10);
});
