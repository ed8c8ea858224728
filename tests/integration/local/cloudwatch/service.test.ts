import {
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  GetMetricWidgetImageCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { localCloudWatch } from '../../../../infra/local/cloudwatch/service.ts';
import { type Gateway, startGateway } from '../../../../infra/local/gateway/gateway.ts';
import { localClients } from '../../../support/local-clients.ts';

const cloudwatch = localCloudWatch();
let gateway: Gateway;
let west: ReturnType<typeof localClients>;
let east: ReturnType<typeof localClients>;

beforeAll(async () => {
  gateway = await startGateway({ services: [cloudwatch], streamed: [] });
  west = localClients({ endpoint: gateway.endpoint });
  east = localClients({ endpoint: gateway.endpoint, region: 'us-east-1' });
});

afterAll(async () => {
  west.destroyAll();
  east.destroyAll();
  await gateway.stop();
});

const minute = (n: number): Date => new Date(Date.UTC(2026, 0, 2, 3, n));
const Dimensions = [
  { Name: 'Database', Value: 'menotime' },
  { Name: 'Job', Value: 'snapshot-export' },
];

function query(Stat: string, MetricName: string) {
  const Metric = { Namespace: 'Nightshift', MetricName, Dimensions: Dimensions.toReversed() };
  return new GetMetricDataCommand({
    MetricDataQueries: [{ Id: 'm1', MetricStat: { Metric, Period: 300, Stat } }],
    StartTime: minute(0),
    EndTime: minute(30),
  });
}

describe('metrics', () => {
  beforeAll(async () => {
    const values = [1, 2, 9].map((Value, index) => ({
      Value,
      Timestamp: minute(index),
      MetricName: 'rows',
      Dimensions,
    }));
    const late = { Values: [4, 5], Counts: [3, 1], Timestamp: minute(10), MetricName: 'rows', Dimensions };
    await west.cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'Nightshift', MetricData: [...values, late] }),
    );
  });

  test.each([
    ['Sum', [17, 12]],
    ['Average', [4.25, 4]],
    ['Minimum', [4, 1]],
    ['Maximum', [5, 9]],
    ['SampleCount', [4, 3]],
    ['p50', [4, 2]],
    ['p99', [5, 9]],
  ])('GetMetricData gives %s for each period, newest first', async (stat, values) => {
    const { MetricDataResults } = await west.cloudwatch.send(query(stat, 'rows'));
    expect(MetricDataResults).toMatchObject([
      { Id: 'm1', Values: values, Timestamps: [minute(10), minute(0)] },
    ]);
  });

  test('GetMetricStatistics gives several statistics of a period', async () => {
    const { Datapoints } = await west.cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'Nightshift',
        MetricName: 'rows',
        Dimensions,
        StartTime: minute(0),
        EndTime: minute(5),
        Period: 60,
        Statistics: ['Sum', 'Maximum'],
      }),
    );
    expect(Datapoints).toEqual([
      { Timestamp: minute(0), Sum: 1, Maximum: 1 },
      { Timestamp: minute(1), Sum: 2, Maximum: 2 },
      { Timestamp: minute(2), Sum: 9, Maximum: 9 },
    ]);
  });

  test('a statistic set, and a request large enough to be compressed, are understood', async () => {
    const StatisticValues = { SampleCount: 2, Sum: 6, Minimum: 1, Maximum: 5 };
    const data = Array.from({ length: 200 }, (_, n) => ({
      MetricName: 'big',
      Dimensions,
      Timestamp: minute(1),
      Value: n,
      Unit: 'Count' as const,
    }));
    const set = { MetricName: 'set', Dimensions, Timestamp: minute(1), StatisticValues };
    await west.cloudwatch.send(
      new PutMetricDataCommand({ Namespace: 'Nightshift', MetricData: [...data, set] }),
    );
    const big = await west.cloudwatch.send(query('SampleCount', 'big'));
    expect(big.MetricDataResults?.[0]?.Values).toEqual([200]);
    const average = await west.cloudwatch.send(query('Average', 'set'));
    expect(average.MetricDataResults?.[0]?.Values).toEqual([3]);
  });

  test('another region has none of it', async () => {
    const { MetricDataResults } = await east.cloudwatch.send(query('Sum', 'rows'));
    expect(MetricDataResults?.[0]?.Values ?? []).toEqual([]);
  });

  test("AWS's own namespaces, metric math and unknown actions are refused", async () => {
    const own = new PutMetricDataCommand({
      Namespace: 'AWS/RDS',
      MetricData: [{ MetricName: 'x', Value: 1 }],
    });
    await expect(west.cloudwatch.send(own)).rejects.toThrow('AWS/RDS');
    const math = new GetMetricDataCommand({
      MetricDataQueries: [{ Id: 'e1', Expression: 'm1 * 2' }],
      StartTime: minute(0),
      EndTime: minute(5),
    });
    await expect(west.cloudwatch.send(math)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(west.cloudwatch.send(new ListMetricsCommand({}))).rejects.toThrow('ListMetrics');
  });
});

describe('alarms', () => {
  beforeAll(() => {
    const metric = Array.from({ length: 60 }, (_, n) => ({
      AlarmName: `cpu-${n}`,
      StateValue: n === 0 ? ('ALARM' as const) : ('OK' as const),
      StateUpdatedTimestamp: minute(n),
    }));
    const history = [{ AlarmName: 'cpu-0', HistoryItemType: 'StateUpdate' as const, Timestamp: minute(1) }];
    cloudwatch.setAlarms('us-west-1', { metric, composite: [{ AlarmName: 'unhealthy' }], history });
  });

  test('DescribeAlarms pages, filters, and tells composite alarms only when asked', async () => {
    const first = await west.cloudwatch.send(new DescribeAlarmsCommand({}));
    expect([first.MetricAlarms?.length, first.CompositeAlarms?.length]).toEqual([50, 0]);
    const second = await west.cloudwatch.send(new DescribeAlarmsCommand({ NextToken: first.NextToken }));
    expect(second.MetricAlarms?.at(-1)).toMatchObject({
      AlarmName: 'cpu-59',
      StateUpdatedTimestamp: minute(59),
    });
    const firing = await west.cloudwatch.send(new DescribeAlarmsCommand({ StateValue: 'ALARM' }));
    expect(firing.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(['cpu-0']);
    const composite = await west.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ['CompositeAlarm'] }),
    );
    expect(composite.CompositeAlarms).toMatchObject([{ AlarmName: 'unhealthy' }]);
  });

  test('DescribeAlarmHistory tells what was set', async () => {
    const asked = new DescribeAlarmHistoryCommand({ AlarmName: 'cpu-0', HistoryItemType: 'StateUpdate' });
    const { AlarmHistoryItems } = await west.cloudwatch.send(asked);
    expect(AlarmHistoryItems).toMatchObject([{ AlarmName: 'cpu-0', Timestamp: minute(1) }]);
  });

  test('GetMetricWidgetImage gives a PNG', async () => {
    const { MetricWidgetImage } = await west.cloudwatch.send(
      new GetMetricWidgetImageCommand({ MetricWidget: JSON.stringify({ metrics: [] }) }),
    );
    expect([...(MetricWidgetImage ?? []).slice(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
});
