import { expect, test } from '@jest/globals';
import type { Alert } from '../../../../../shared/alarm/alert.ts';
import { readSample, sampleNames } from '../../../../support/alarm-samples.ts';

const arn = (name: string) => `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${name}`;

const base = {
  source: 'cloudwatch',
  account: '111122223333',
  region: 'us-west-1',
  database: 'menotime',
  instance: 'menotime-prod',
  severity: 'warning',
  momentary: false,
  children: [],
  quiet: null,
  metric: null,
  description: null,
  runbook: 'docs/runbooks/database-alarms.md',
} as const;

const rdsMetric = {
  namespace: 'AWS/RDS',
  dimensions: { DBInstanceIdentifier: 'menotime-prod' },
  statistic: 'Average',
  periodSeconds: 300,
} as const;

const cpu: Alert = {
  ...base,
  key: arn('nightshift-prod-menotime-cpu'),
  name: 'nightshift-prod-menotime-cpu',
  state: 'ALARM',
  at: '2026-01-02T17:04:40.989Z',
  summary: 'CPUUtilization 91.2 % over 80 %',
  description:
    'menotime-prod: The processors are busier than 80 %, for 10 minutes. Runbook: docs/runbooks/database-alarms.md#cpu',
  reason:
    'Threshold Crossed: 2 out of the last 2 datapoints [91.2 (02/01/26 16:59:00), 88.45 (02/01/26 16:54:00)] were greater than the threshold (80.0) (minimum 2 datapoints for OK -> ALARM transition).',
  metric: { ...rdsMetric, name: 'CPUUtilization', value: 91.2, threshold: 80 },
  runbook: 'docs/runbooks/database-alarms.md#cpu',
};

const cpuUnknown: Alert = {
  ...cpu,
  state: 'INSUFFICIENT_DATA',
  at: '2026-01-02T18:04:40.788Z',
  summary: 'CPUUtilization: not enough data to tell',
  reason: 'Insufficient Data: 2 datapoints were unknown.',
  metric: { ...rdsMetric, name: 'CPUUtilization', value: null, threshold: 80 },
};

const memory: Alert = {
  ...base,
  key: arn('nightshift-prod-menotime-memory'),
  name: 'nightshift-prod-menotime-memory',
  state: 'ALARM',
  at: '2026-01-02T17:20:48.554Z',
  summary: 'Memory used (%) 87.3 over 85',
  description: 'Memory of menotime-prod used over 85 %.',
  reason:
    'Threshold Crossed: 1 out of the last 1 datapoints [87.31 (02/01/26 17:10:00)] was greater than the threshold (85.0) (minimum 1 datapoint for OK -> ALARM transition).',
};

const unusual: Alert = {
  ...base,
  key: arn('menotime connections unusual'),
  name: 'menotime connections unusual',
  state: 'ALARM',
  at: '2026-01-03T16:00:04.653Z',
  summary: 'DatabaseConnections 412, expected 12.6 to 180',
  description: 'Connections outside of what is usual at this hour',
  reason:
    'Thresholds Crossed: 1 out of the last 1 datapoints [412.0 (03/01/26 15:58:00)] was less than the lower thresholds [12.599444741798756] or greater than the upper thresholds [180.3006915352732] (minimum 1 datapoint for OK -> ALARM transition).',
  metric: { ...rdsMetric, name: 'DatabaseConnections', periodSeconds: 60, value: 412, threshold: null },
};

const unhealthy: Alert = {
  ...base,
  key: arn('menotime-unhealthy-critical'),
  name: 'menotime-unhealthy-critical',
  state: 'ALARM',
  at: '2026-01-02T17:06:41.394Z',
  severity: 'critical',
  summary: 'menotime-unhealthy-critical: nightshift-prod-menotime-cpu, nightshift-prod-menotime-connections',
  reason: `${arn('nightshift-prod-menotime-cpu')} transitioned to ALARM at Friday 02 January, 2026 17:04:40 UTC`,
  // Not the one that its rule wants off.
  children: [arn('nightshift-prod-menotime-cpu'), arn('nightshift-prod-menotime-connections')],
  runbook: null,
};

const ofFleet: Alert = {
  ...base,
  key: `${arn('fleet-connections')}:contributor:6d442278dba546f6`,
  name: 'fleet-connections',
  state: 'ALARM',
  at: '2026-01-02T13:42:04.919Z',
  summary: 'fleet-connections (DBInstanceIdentifier menotime-prod) 431 over 400',
  description: 'Connections of any instance of the account',
  reason:
    'Threshold Crossed: 1 datapoint was greater than the threshold (400.0). The most recent datapoint which crossed the threshold: [431.0 (02/01/26 13:34:00)].',
};

const ofOwnMetric = {
  namespace: 'Nightshift',
  dimensions: { service: 'snapshot-export', Stage: 'prod', Database: 'menotime' },
  statistic: 'Sum',
} as const;

/** By name of the sample. The same change of the same alarm is the same alert, whichever way it comes. */
const expected: Readonly<Record<string, Alert>> = {
  'eventbridge-metric': cpu,
  'sns-metric': cpu,
  'sns-to-function': cpu,
  'action-metric': cpu,
  'sqs-eventbridge': cpu,
  'sqs-sns': cpu,
  'sqs-sns-raw': cpu,
  'eventbridge-metric-ok': {
    ...cpu,
    state: 'OK',
    at: '2026-01-02T17:14:40.991Z',
    summary: 'CPUUtilization back at 45 % (limit 80 %)',
    reason:
      'Threshold Crossed: 1 out of the last 2 datapoints [45.0 (02/01/26 17:09:00)] was not greater than the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition).',
    metric: { ...rdsMetric, name: 'CPUUtilization', value: 45, threshold: 80 },
  },
  'eventbridge-metric-insufficient-data': cpuUnknown,
  'sns-metric-insufficient-data': {
    ...cpuUnknown,
    description: null,
    runbook: 'docs/runbooks/database-alarms.md',
  },
  // Without reasonData, and the state was the same before.
  'eventbridge-metric-set-by-hand': {
    ...cpu,
    at: '2026-01-02T19:00:01.435Z',
    summary: 'CPUUtilization: testing only',
    reason: 'testing only',
    metric: { ...rdsMetric, name: 'CPUUtilization', value: null, threshold: null },
  },
  'eventbridge-metric-muted': {
    ...base,
    key: arn('menotime-read-latency-warn'),
    name: 'menotime-read-latency-warn',
    state: 'ALARM',
    at: '2026-01-03T02:10:12.404Z',
    summary: 'ReadLatency 6.2 ms over 5 ms',
    reason:
      'Threshold Crossed: 1 out of the last 1 datapoints [0.0062 (03/01/26 02:05:00)] was greater than the threshold (0.005) (minimum 1 datapoint for OK -> ALARM transition).',
    metric: { ...rdsMetric, name: 'ReadLatency', value: 0.0062, threshold: 0.005 },
    quiet: {
      by: 'arn:aws:cloudwatch:us-west-1:111122223333:alarm-mute-rule:night-maintenance',
      until: '2026-01-03T04:00:00.000Z',
    },
  },
  'sns-metric-percentile': {
    ...base,
    key: arn('menotime-write-latency'),
    name: 'menotime-write-latency',
    state: 'ALARM',
    at: '2026-01-02T17:04:12.004Z',
    summary: 'WriteLatency 13.1 ms over 10 ms',
    reason:
      'Threshold Crossed: 1 datapoint [0.0131 (02/01/26 16:59:00)] was greater than the threshold (0.01).',
    metric: { ...rdsMetric, name: 'WriteLatency', statistic: 'p99', value: 0.0131, threshold: 0.01 },
  },
  'eventbridge-metric-math': memory,
  'sns-metric-math': memory,
  'eventbridge-anomaly': unusual,
  'sns-anomaly': unusual,
  'eventbridge-composite-suppressed': {
    ...unhealthy,
    at: '2026-01-02T17:04:41.394Z',
    quiet: { by: 'menotime-maintenance (WaitPeriod)', until: null },
  },
  'eventbridge-composite-down': {
    ...base,
    key: arn('nightshift-prod-menotime-down'),
    name: 'nightshift-prod-menotime-down',
    state: 'ALARM',
    at: '2026-01-02T22:15:41.507Z',
    severity: 'critical',
    summary:
      'menotime-prod is down: CPUUtilization or DatabaseConnections has not been measured for 5 minutes',
    description:
      'menotime-prod is down: CPUUtilization or DatabaseConnections has not been measured for 5 minutes. Runbook: docs/runbooks/database-alarms.md#down',
    reason: `${arn('nightshift-prod/menotime-silent-cpu')} transitioned to ALARM at Friday 02 January, 2026 22:15:41 UTC`,
    children: [
      arn('nightshift-prod/menotime-silent-cpu'),
      arn('nightshift-prod/menotime-silent-connections'),
    ],
    runbook: 'docs/runbooks/database-alarms.md#down',
  },
  'action-composite-released': unhealthy,
  'sns-composite': unhealthy,
  'eventbridge-contributor': ofFleet,
  'sns-contributor': ofFleet,
  'eventbridge-multi-series': {
    ...ofFleet,
    key: arn('fleet-connections'),
    database: null,
    instance: null,
    summary: 'fleet-connections: 1 out of 6 time series evaluated to ALARM',
    reason: '1 out of 6 time series evaluated to ALARM',
    runbook: null,
  },
  // At the end of the second that EventBridge names: whatever the alarm did within it was before.
  'eventbridge-deleted': {
    ...cpu,
    state: 'OK',
    at: '2026-01-02T20:07:13.999Z',
    summary: 'nightshift-prod-menotime-cpu: the alarm was deleted',
    reason: null,
    metric: { ...rdsMetric, name: 'CPUUtilization', value: null, threshold: null },
  },
  'eventbridge-own-run-failed': {
    ...base,
    key: arn('nightshift-prod-snapshot-export-menotime-failed'),
    name: 'nightshift-prod-snapshot-export-menotime-failed',
    state: 'ALARM',
    at: '2026-01-02T03:49:40.104Z',
    momentary: true,
    summary: 'snapshot-export of menotime failed',
    description: 'snapshot-export of menotime failed: its message and its run record say why.',
    reason:
      'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/01/26 03:44:00)] was greater than or equal to the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
    metric: { ...ofOwnMetric, name: 'RunFailed', periodSeconds: 300, value: 1, threshold: 1 },
    runbook: 'docs/runbooks/snapshot-export.md',
  },
  'eventbridge-own-missed': {
    ...base,
    key: arn('nightshift-prod-snapshot-export-menotime-missed'),
    name: 'nightshift-prod-snapshot-export-menotime-missed',
    state: 'ALARM',
    at: '2026-01-03T10:01:22.304Z',
    summary: 'snapshot-export of menotime has not succeeded for 30 hours',
    description: 'snapshot-export of menotime has not succeeded for 30 hours.',
    reason:
      'Threshold Crossed: no datapoints were received for 30 periods and 30 missing datapoints were treated as [Breaching].',
    metric: { ...ofOwnMetric, name: 'RunSucceeded', periodSeconds: 3_600, value: null, threshold: 1 },
    runbook: 'docs/runbooks/snapshot-export.md',
  },
};

test.each(Object.entries(expected))('events/alarm-fanout.%s.json', (name, alert) => {
  expect(readSample(name)).toEqual([alert]);
});

test('an alarm that was changed tells nothing by that', () => {
  expect(readSample('eventbridge-updated')).toEqual([
    { kind: 'ignored', why: 'an alarm was changed (update): its state tells itself' },
  ]);
});

test('every sample of an alarm is expected here', () => {
  const samples = ['eventbridge-', 'sns-', 'action-', 'sqs-eventbridge', 'sqs-sns'].flatMap(sampleNames);
  expect([...Object.keys(expected), 'eventbridge-updated'].sort()).toEqual(samples.sort());
});
