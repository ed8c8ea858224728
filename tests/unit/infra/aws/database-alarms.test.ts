import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { classify } from '../../../../functions/alarm-fanout/classify.ts';
import { alarmEventOf } from '../../../../functions/alarm-fanout/described-alarm.ts';
import { normalise } from '../../../../functions/alarm-fanout/normalise/normalise.ts';
import { alarmResources } from '../../../../infra/aws/alarms.ts';
import type { Resource } from '../../../../infra/aws/cloudformation.ts';
import { databaseAlarmResources } from '../../../../infra/aws/database-alarms.ts';
import { watchedMetrics } from '../../../../infra/aws/database-metrics.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';

type Properties = Readonly<Record<string, unknown>>;

const known = { maxConnections: 500, memoryGiB: 8 };
const gib = 1_073_741_824;

function resources(alarms: object, more: object = {}): Resource[] {
  return Object.values(databaseAlarmResources(deployed({ shop: { ...drilledInput, alarms } }, more)));
}

/** By the last part of their names. */
function alarms(settings: object, more: object = {}): Record<string, Properties> {
  return Object.fromEntries(
    resources({ ...known, ...settings }, more).map(({ Properties }) => [
      String(Properties.AlarmName).replace(/^nightshift-test.shop-/, ''),
      Properties,
    ]),
  );
}

/** What is compared, and for how long. */
const compared = (found: Properties | undefined) => [
  found?.MetricName,
  found?.Statistic,
  found?.ComparisonOperator === 'GreaterThanThreshold' ? '>' : '<',
  found?.Threshold,
  `${found?.EvaluationPeriods} x ${found?.Period} s`,
];

test('requirements of A: a clinic on db.m7g.large, with 500 connections and a replica', () => {
  const found = alarms({ cpuPercent: 75, transactionLogsGiB: 80, replicas: ['shop-replica'] });
  const past = (what: string) => compared(found[what]);
  expect(past('connections')).toEqual(['DatabaseConnections', 'Maximum', '>', 400, '1 x 300 s']);
  expect(past('cpu')).toEqual(['CPUUtilization', 'Average', '>', 75, '3 x 300 s']);
  // 85 % of 8 GiB is used where less than 1.2 GiB is free.
  expect(past('memory')).toEqual(['FreeableMemory', 'Average', '<', Math.round(1.2 * gib), '1 x 300 s']);
  expect(past('disk-queue')).toEqual(['DiskQueueDepth', 'Average', '>', 10, '1 x 300 s']);
  expect(past('read-latency')).toEqual(['ReadLatency', 'Average', '>', 0.005, '3 x 300 s']);
  expect(past('write-latency')).toEqual(['WriteLatency', 'Average', '>', 0.01, '3 x 300 s']);
  expect(past('replica-lag-shop-replica')).toEqual(['ReplicaLag', 'Average', '>', 1, '1 x 300 s']);
  expect(past('transaction-logs')).toEqual([
    'TransactionLogsDiskUsage',
    'Maximum',
    '>',
    80 * gib,
    '1 x 300 s',
  ]);
  expect(found['replica-lag-shop-replica']?.Dimensions).toEqual([
    { Name: 'DBInstanceIdentifier', Value: 'shop-replica' },
  ]);
});

test('requirements of C: CPU over 80 % for two periods of 300 s, connections, memory, latency and storage', () => {
  const found = alarms({ cpuPercent: { limit: 80, periods: 2, periodSeconds: 300 } });
  expect(compared(found.cpu)).toEqual(['CPUUtilization', 'Average', '>', 80, '2 x 300 s']);
  for (const what of ['connections', 'memory', 'read-latency', 'write-latency', 'free-storage']) {
    expect([what, found[what] !== undefined]).toEqual([what, true]);
  }
});

test('requirements of D: CPU over 80 % for three periods of 300 s, under 10 GB free, over 180 of 200 connections', () => {
  const found = alarms({ maxConnections: 200, connectionsPercent: 90, freeStorageGiB: 10 });
  expect(compared(found.cpu)).toEqual(['CPUUtilization', 'Average', '>', 80, '3 x 300 s']);
  // RDS counts storage in GiB: 10 of them are no less than 10 GB.
  expect(compared(found['free-storage'])).toEqual([
    'FreeStorageSpace',
    'Minimum',
    '<',
    10 * gib,
    '1 x 300 s',
  ]);
  expect(compared(found.connections)).toEqual(['DatabaseConnections', 'Maximum', '>', 180, '1 x 300 s']);
});

test('requirements of E: a backup older than 25 h and a failed archive job ring by Nightshift’s own alarms', () => {
  const policies = [
    { table: 'public.reports', ageColumn: 'created_at', olderThan: '180 days', to: { kind: 's3' as const } },
  ];
  const own = alarmResources(
    deployed({
      shop: { ...drilledInput, snapshotExport: { missedAfterHours: 25 }, auditArchive: { policies } },
    }),
  );
  const named = (name: string) =>
    Object.values(own).find(({ Properties }) => Properties.AlarmName === `nightshift-test-${name}`)
      ?.Properties;
  expect(named('snapshot-export-shop-missed')).toMatchObject({
    MetricName: 'RunSucceeded',
    EvaluationPeriods: 25,
    Period: 3_600,
    TreatMissingData: 'breaching',
  });
  expect(named('audit-archive-shop-failed')).toMatchObject({ MetricName: 'RunFailed' });
});

test('transaction ids and replication slots are watched in millions and GiB', () => {
  const found = alarms({ transactionIdsMillions: 500, replicationSlotLagGiB: 2 });
  expect(compared(found['transaction-ids'])).toEqual([
    'MaximumUsedTransactionIDs',
    'Maximum',
    '>',
    500_000_000,
    '1 x 300 s',
  ]);
  expect(compared(found['replication-slots'])).toEqual([
    'OldestReplicationSlotLag',
    'Maximum',
    '>',
    2 * gib,
    '1 x 300 s',
  ]);
});

test('there is an alarm for each limit, but for those that are null and replicas that are not named', () => {
  const all = ['cpu', 'connections', 'memory', 'disk-queue', 'read-latency', 'write-latency', 'free-storage'];
  const rest = ['transaction-logs', 'transaction-ids', 'replication-slots'];
  const down = ['silent-cpu', 'silent-connections', 'down'];
  expect(Object.keys(alarms({}))).toEqual([...all, ...rest, ...down]);
  expect(Object.keys(alarms({ cpuPercent: null, downMinutes: null }))).toEqual([...all.slice(1), ...rest]);
});

test('a database without alarms has none', () => {
  expect(databaseAlarmResources(deployed({ shop: drilledInput }))).toEqual({});
});

test('silence is what it was for loads, good for slots, and bad for replicas', () => {
  const { replicas, ...found } = Object.fromEntries(
    Object.entries(alarms({ replicas: ['r'], downMinutes: null })).map(([what, { TreatMissingData }]) => [
      what === 'replica-lag-r' ? 'replicas' : what,
      TreatMissingData,
    ]),
  );
  expect(replicas).toBe('breaching');
  const { 'replication-slots': slots, ...loads } = found;
  expect(slots).toBe('notBreaching');
  expect(new Set(Object.values(loads))).toEqual(new Set(['ignore']));
});

test('each says value, limit and time in people’s units, with its runbook, and carries what the pipe reads', () => {
  const { cpu, memory, connections } = alarms({});
  expect(memory?.AlarmDescription).toBe(
    'menotime-prod: More than 85 % of 8 GiB of memory is used: less than 1.2 GiB can be freed, for 5 minutes. Runbook: docs/runbooks/database-alarms.md#memory',
  );
  expect(connections?.AlarmDescription).toMatch(/more than 400 connections, 80 % of 500, for 5 minutes/);
  expect(cpu?.AlarmName).toBe('nightshift-test-shop-cpu');
  expect(cpu?.Tags).toEqual([
    { Key: 'nightshift:severity', Value: 'warning' },
    { Key: 'nightshift:database', Value: 'shop' },
    { Key: 'nightshift:runbook', Value: 'docs/runbooks/database-alarms.md' },
  ]);
});

test('an instance is down where the machine or the server in it is silent: one alarm of two parts', () => {
  const found = databaseAlarmResources(deployed({ shop: { ...drilledInput, alarms: known } }));
  expect(found.DatabaseAlarmShopDown?.Type).toBe('AWS::CloudWatch::CompositeAlarm');
  const { AlarmRule } = found.DatabaseAlarmShopDown?.Properties ?? {};
  const parts = [...JSON.stringify(AlarmRule).matchAll(/ALARM\(\\"\$\{(\w+)\}\\"\)/g)].map(
    ([, id]) => id ?? '',
  );
  expect(parts.map((id) => found[id]?.Properties.MetricName)).toEqual([
    'CPUUtilization',
    'DatabaseConnections',
  ]);
  for (const id of parts) {
    expect(found[id]?.Properties).toMatchObject({
      Statistic: 'SampleCount',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 60,
      EvaluationPeriods: 5,
      TreatMissingData: 'breaching',
    });
  }
});

test('parts of the composite alarm are told of by it alone: not at the topic, and not through the pipe', () => {
  for (const more of [{}, { alarms: alarmsInput }]) {
    for (const what of ['silent-cpu', 'silent-connections']) {
      const part = alarms({}, more)[what];
      expect(part?.AlarmName).toBe(`nightshift-test/shop-${what}`);
      expect([part?.AlarmActions, part?.OKActions]).toEqual([undefined, undefined]);
    }
  }
});

test('they ring at the topic, also when they are over; or only through the pipe, where there is one', () => {
  const topic = [{ Ref: 'AlertTopic' }];
  const { cpu, down } = alarms({});
  for (const one of [cpu, down]) expect([one?.AlarmActions, one?.OKActions]).toEqual([topic, topic]);
  const piped = alarms({}, { alarms: alarmsInput });
  for (const one of [piped.cpu, piped.down]) {
    expect([one?.AlarmActions, one?.OKActions]).toEqual([undefined, undefined]);
  }
});

test('no description is longer than CloudWatch takes, and no value of a tag has characters that AWS refuses', () => {
  for (const { Properties } of resources({ ...known, replicas: ['r'.repeat(63)] })) {
    expect(String(Properties.AlarmDescription).length).toBeLessThanOrEqual(1_024);
    for (const { Value } of (Properties.Tags ?? []) as { Value: string }[]) {
      expect(Value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u);
    }
  }
});

test('the runbook has a section for each, and says how it rings as usual', async () => {
  const text = await readFile('docs/runbooks/database-alarms.md', 'utf8');
  const headings = new Set([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading));
  const { instance, alarms: settings } = deployed({
    shop: { ...drilledInput, alarms: { ...known, replicas: ['r'] } },
  }).config.databases.shop ?? { instance: '', alarms: undefined };
  if (!settings) throw new Error('The database has no alarms.');
  const anchors = watchedMetrics(instance, settings).map(({ anchor }) => anchor);
  expect(anchors).toHaveLength(11);
  for (const anchor of [...anchors, 'down']) expect([anchor, headings.has(anchor)]).toEqual([anchor, true]);
  for (const [name, value] of Object.entries(settings)) {
    const limit = typeof value === 'object' && value !== null && 'limit' in value ? value.limit : undefined;
    if (limit !== undefined) expect(text).toContain(`\`${name}: ${limit}\``);
  }
});

/** What alarm-fanout makes of an alarm of the template that goes on. */
function classified(what: string) {
  const deployment = deployed({ shop: { ...drilledInput, alarms: known } }, { alarms: alarmsInput });
  const { AlarmName, Tags, ...found } = alarms({}, { alarms: alarmsInput })[what] ?? {};
  const described = {
    ...found,
    AlarmName: String(AlarmName),
    AlarmArn: `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${AlarmName}`,
    StateValue: 'ALARM' as const,
    StateTransitionedTimestamp: new Date('2026-01-02T03:04:05Z'),
  };
  const body = JSON.stringify(alarmEventOf(described));
  const [observed] = normalise({ body, attributes: {}, sentAt: null });
  if (observed?.kind !== 'alarm') throw new Error(`It is taken for ${observed?.kind}.`);
  const tags = Object.fromEntries(
    (Tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
  );
  return classify(observed, { stage: 'test', config: deployment.config }, tags);
}

test.each([
  ['cpu', 'warning'],
  ['free-storage', 'critical'],
  ['down', 'critical'],
])(
  '%s is understood by alarm-fanout: whose it is, how bad, and where its runbook stands',
  (what, severity) => {
    expect(classified(what)).toMatchObject({
      name: `nightshift-test-shop-${what}`,
      database: 'shop',
      instance: 'menotime-prod',
      severity,
      momentary: false,
      runbook: `docs/runbooks/database-alarms.md#${what}`,
    });
  },
);
