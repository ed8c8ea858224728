import { existsSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { alarmResources } from '../../../../../infra/aws/alarms.ts';
import { describeDeployment } from '../../../../../infra/aws/deployment.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';
import { stageConfig, stageInput } from '../../../../support/stage-config.ts';

const everyJob = {
  ...stageInput.databases.menotime,
  auditArchive: {
    policies: [
      { table: 'public.audit_log', ageColumn: 'timestamp', olderThan: '365 days', to: { kind: 's3' } },
    ],
  },
  backupVerify: {},
  restoreDrill: {},
  matviewRefresh: {},
  dbMaintenance: {},
};

interface Properties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Threshold: number;
  readonly OKActions?: unknown;
}

const config = stageConfig({ menotime: everyJob });
const jobs = [
  'audit-archive',
  'backup-verify',
  'db-maintenance',
  'drill-reaper',
  'matview-refresh',
  'restore-drill',
  'snapshot-export',
];

/** Those that Nightshift's own jobs ring: on its own metrics, on Lambda's and on the queues of what was not delivered. */
const alarms = Object.values(alarmResources(describeDeployment('prod', config, jobs)))
  .map(({ Properties }) => Properties as unknown as Properties)
  .filter(({ Namespace }) => ['Nightshift', 'AWS/Lambda', 'AWS/SQS'].includes(Namespace))
  .map((alarm) => [alarm.AlarmName, alarm] as const);

const event = sample('eventbridge-metric') as { readonly detail: object };

/** The event that CloudWatch sends when the alarm goes on or off. */
function eventOf(alarm: Properties, value: 'ALARM' | 'OK') {
  const { AlarmName, AlarmDescription, Namespace, MetricName, Dimensions, Threshold } = alarm;
  const dimensions = Object.fromEntries(
    Dimensions.map(({ Name, Value }) => [
      Name,
      typeof Value === 'string' ? Value : 'nightshift-prod-undelivered',
    ]),
  );
  const metric = { namespace: Namespace, name: MetricName, dimensions };
  const reasonData = JSON.stringify({ recentDatapoints: [Threshold + 4], threshold: Threshold });
  return {
    ...event,
    resources: [`arn:aws:cloudwatch:us-west-1:111122223333:alarm:${AlarmName}`],
    detail: {
      alarmName: AlarmName,
      state: { value, reason: 'x', reasonData, timestamp: '2026-01-02T17:04:40.989+0000' },
      configuration: {
        description: AlarmDescription,
        metrics: [{ id: 'm1', metricStat: { metric, period: 300, stat: 'Sum' }, returnData: true }],
      },
    },
  };
}

const alertOf = (alarm: Properties, value: 'ALARM' | 'OK') =>
  alertsOf(eventOf(alarm, value), {}, { stage: 'prod', config })[0];

test('there are alarms of every job', () => {
  for (const job of jobs)
    expect(alarms.some(([name]) => name.startsWith(`nightshift-prod-${job}-`))).toBe(true);
});

test.each(alarms)('%s says in words what is wrong', (_, alarm) => {
  const [on, off] = [alertOf(alarm, 'ALARM')?.summary ?? '', alertOf(alarm, 'OK')?.summary ?? ''];
  expect(on).toMatch(/^[A-Za-z][a-z-]+ .{6,}/);
  expect(off).not.toBe(on);
  // What nobody knows who was not there when it was built.
  for (const words of [on, off]) {
    expect(words).not.toMatch(
      /RunFailed|RunSucceeded|VerdictOk|ObjectsDamaged|ViewsStale|[a-z]AgeDays|undefined|null|nightshift-prod/,
    );
  }
});

test.each(alarms)('%s is momentary if the template has it tell no recovery', (_, alarm) => {
  expect(alertOf(alarm, 'ALARM')?.momentary).toBe(alarm.OKActions === undefined);
});

test.each(alarms)('%s is of the database in its dimensions', (_, alarm) => {
  const database = alarm.Dimensions.find(({ Name }) => Name === 'Database')?.Value ?? null;
  expect(alertOf(alarm, 'ALARM')?.database).toBe(database);
});

test.each(alarms.filter(([, { Namespace }]) => Namespace !== 'AWS/SQS'))(
  '%s has a runbook that there is',
  (_, alarm) => {
    const runbook = alertOf(alarm, 'ALARM')?.runbook ?? '';
    expect(runbook).toMatch(/^docs\/runbooks\//);
    expect(existsSync(runbook)).toBe(true);
  },
);

test('what cannot wait for the morning is critical, and nothing else', () => {
  const critical = alarms.filter(([, alarm]) => alertOf(alarm, 'ALARM')?.severity === 'critical');
  expect(critical.map(([name]) => name).sort()).toEqual([
    'nightshift-prod-backup-verify-menotime-bad-verdict',
    'nightshift-prod-db-maintenance-menotime-damaged',
  ]);
});

test('of a metric that nobody has found words for, the description speaks', () => {
  const [, alarm] = alarms.find(([name]) => name.endsWith('-behind')) ?? [];
  if (!alarm) throw new Error('There is no alarm on an archive that falls behind.');
  const unknown = { ...alarm, MetricName: 'BrandNew', AlarmDescription: 'Something is odd: see its page.' };
  expect(alertOf(unknown, 'ALARM')).toMatchObject({
    severity: 'warning',
    summary: 'Something is odd',
    runbook: 'docs/runbooks/audit-archive.md',
  });
  expect(alertOf(unknown, 'OK')?.summary).toBe('It is over: Something is odd');
});

test('an alarm of the same metric that is somebody else’s is told by its metric', () => {
  const [, alarm] = alarms.find(([name]) => name.endsWith('-behind')) ?? [];
  if (!alarm) throw new Error('There is no alarm on an archive that falls behind.');
  expect(alertOf({ ...alarm, AlarmName: 'mine' }, 'ALARM')?.summary).toMatch(/^DaysBehind \d+ over \d+$/);
});
