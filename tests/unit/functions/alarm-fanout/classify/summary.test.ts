import { describe, expect, test } from '@jest/globals';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';

interface Metric {
  readonly namespace?: string;
  readonly name: string;
  readonly unit?: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly state?: string;
  readonly reason?: string;
}

const event = sample('eventbridge-metric') as { detail: { configuration: { metrics: [object] } } };

function summaryOf({
  namespace = 'AWS/RDS',
  name,
  unit,
  value,
  threshold,
  state = 'ALARM',
  reason = '',
}: Metric) {
  const recentDatapoints = value === null ? [] : [value];
  const reasonData = JSON.stringify({ recentDatapoints, threshold });
  const metric = { namespace, name, dimensions: { DBInstanceIdentifier: 'menotime-prod' } };
  const metricStat = { metric, period: 300, stat: 'Average', unit };
  const detail = {
    ...event.detail,
    state: { value: state, reason, reasonData, timestamp: '2026-01-02T17:04:40.989+0000' },
    configuration: { metrics: [{ id: 'm1', metricStat, returnData: true }] },
  };
  return alertsOf({ ...event, detail })[0]?.summary;
}

const gib = 1_024 ** 3;

test.each<[string, number, number, string]>([
  ['CPUUtilization', 91.2, 80, 'CPUUtilization 91.2 % over 80 %'],
  ['CPUUtilization', 80.02, 80, 'CPUUtilization 80.02 % over 80 %'],
  ['CPUUtilization', 80, 80, 'CPUUtilization 80 %, the limit'],
  ['EBSIOBalance%', 4.96, 10, 'EBSIOBalance% 4.96 % under 10 %'],
  ['ReadLatency', 0.0062, 0.005, 'ReadLatency 6.2 ms over 5 ms'],
  ['WriteLatency', 0.00085, 0.0005, 'WriteLatency 850 µs over 500 µs'],
  ['ReplicaLag', 1.4, 1, 'ReplicaLag 1.4 s over 1 s'],
  ['ReplicaLag', 0, 1, 'ReplicaLag 0 s under 1 s'],
  ['ReplicaLag', 5_400, 60, 'ReplicaLag 1.5 h over 1 min'],
  ['FreeStorageSpace', 7.5 * gib, 10 * gib, 'FreeStorageSpace 7.5 GiB under 10 GiB'],
  ['FreeStorageSpace', 0, 10 * gib, 'FreeStorageSpace 0 bytes under 10 GiB'],
  ['FreeableMemory', 512 * 1_024 ** 2, gib, 'FreeableMemory 512 MiB under 1 GiB'],
  ['TransactionLogsDiskUsage', 96.3 * gib, 80 * gib, 'TransactionLogsDiskUsage 96.3 GiB over 80 GiB'],
  ['DatabaseConnections', 412, 400, 'DatabaseConnections 412 over 400'],
  ['DatabaseConnections', 1_234, 1_230, 'DatabaseConnections 1,234 over 1,230'],
  ['DiskQueueDepth', 12.34, 10, 'DiskQueueDepth 12.3 over 10'],
  ['ReadIOPS', 3_012.7, 3_000, 'ReadIOPS 3,013/s over 3,000/s'],
  ['ReadThroughput', 130 * 1_024 ** 2, 125 * 1_024 ** 2, 'ReadThroughput 130 MiB/s over 125 MiB/s'],
  [
    'MaximumUsedTransactionIDs',
    1_500_000_000,
    1_000_000_000,
    'MaximumUsedTransactionIDs 1,500,000,000 over 1,000,000,000',
  ],
])('%s of %d against %d', (name, value, threshold, summary) => {
  expect(summaryOf({ name, value, threshold })).toBe(summary);
});

test.each<[string, number, number, string]>([
  ['Percent', 91.2, 80, 'load 91.2 % over 80 %'],
  ['Milliseconds', 1_500, 1_000, 'load 1.5 s over 1 s'],
  ['Bytes', 2_048, 1_024, 'load 2 KiB over 1 KiB'],
  ['Count', 3, 1, 'load 3 over 1'],
  ['None', 3, 1, 'load 3 over 1'],
])('of other metrics the unit is what the event says: %s', (unit, value, threshold, summary) => {
  expect(summaryOf({ namespace: 'Shop', name: 'load', unit, value, threshold })).toBe(summary);
});

test('a latency of another service is not taken for seconds', () => {
  expect(summaryOf({ namespace: 'Shop', name: 'ReadLatency', value: 5, threshold: 4 })).toBe(
    'ReadLatency 5 over 4',
  );
});

describe('where there is less to say', () => {
  const metric = { name: 'CPUUtilization', value: null, threshold: 80 };

  test.each<[string, Metric, string]>([
    ['it is over', { ...metric, value: 45, state: 'OK' }, 'CPUUtilization back at 45 % (limit 80 %)'],
    ['it is over, nobody says at what', { ...metric, state: 'OK' }, 'CPUUtilization is over (limit 80 %)'],
    ['too little data', { ...metric, state: 'INSUFFICIENT_DATA' }, 'CPUUtilization: not enough data to tell'],
    [
      'no data is the alarm',
      { ...metric, reason: 'Threshold Crossed: no datapoints were received for 3 periods' },
      'CPUUtilization: no data came (limit 80 %)',
    ],
    ['no value', metric, 'CPUUtilization is in alarm (limit 80 %)'],
    ['no limit', { ...metric, value: 91.2, threshold: null }, 'CPUUtilization 91.2 %'],
    ['a reason alone', { ...metric, threshold: null, reason: 'testing' }, 'CPUUtilization: testing'],
    ['nothing at all', { ...metric, threshold: null }, 'CPUUtilization is in alarm'],
  ])('%s', (_, given, summary) => {
    expect(summaryOf(given)).toBe(summary);
  });
});

test('it is one line, whatever the names are', () => {
  const summary = summaryOf({ namespace: 'x', name: 'a\n\tb\u2028c\u0000d', value: 2, threshold: 1 });
  expect(summary).toBe('a b c d 2 over 1');
});
