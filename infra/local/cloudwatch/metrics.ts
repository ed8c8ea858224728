import { AwsFault } from '../gateway/service.ts';
import type { Dimension, MetricName, MetricStore } from './metric-store.ts';
import { sampleOf, type WireDatum } from './samples.ts';
import { periodsOf, statistic } from './statistics.ts';

interface PutInput {
  readonly Namespace: string;
  readonly MetricData?: readonly WireDatum[];
}

export interface MetricQuery {
  readonly Id: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
  readonly Expression?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

interface DataInput {
  readonly MetricDataQueries: readonly MetricQuery[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: 'TimestampAscending' | 'TimestampDescending';
}

interface StatisticsInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
}

export function putMetricData(
  store: MetricStore,
  { Namespace, MetricData = [] }: PutInput,
  now: Date,
): object {
  if (Namespace.startsWith('AWS/')) {
    throw new AwsFault('InvalidParameterValue', `The namespace ${Namespace} is AWS's own.`);
  }
  for (const datum of MetricData) {
    store.add(
      metricName(Namespace, datum.MetricName ?? '', datum.Dimensions as Dimension[]),
      sampleOf(datum, now),
    );
  }
  return {};
}

/** Answers queries of one metric each; there is no metric math here. Newest first unless asked otherwise. */
export function getMetricData(store: MetricStore, input: DataInput): object {
  const results = input.MetricDataQueries.filter(({ ReturnData }) => ReturnData !== false).map((query) => {
    if (!query.MetricStat) {
      throw new AwsFault('ValidationError', `The local CloudWatch knows no expressions: ${query.Expression}`);
    }
    const { Metric, Period, Stat } = query.MetricStat;
    const name = metricName(Metric.Namespace, Metric.MetricName, Metric.Dimensions);
    const periods = periodsOf(store.between(name, time(input.StartTime), time(input.EndTime)), Period);
    const ordered = input.ScanBy === 'TimestampAscending' ? periods : periods.toReversed();
    return {
      Id: query.Id,
      Label: query.Label ?? Metric.MetricName,
      Timestamps: ordered.map(({ start }) => start.getTime() / 1000),
      Values: ordered.map(({ samples }) => statistic(Stat, samples)),
      StatusCode: 'Complete',
    };
  });
  return { MetricDataResults: results, Messages: [] };
}

export function getMetricStatistics(store: MetricStore, input: StatisticsInput): object {
  const name = metricName(input.Namespace, input.MetricName, input.Dimensions);
  const periods = periodsOf(store.between(name, time(input.StartTime), time(input.EndTime)), input.Period);
  const values = (names: readonly string[], { samples }: (typeof periods)[number]) =>
    Object.fromEntries(names.map((one) => [one, statistic(one, samples)]));
  const Datapoints = periods.map((period) => ({
    Timestamp: period.start.getTime() / 1000,
    ...values(input.Statistics ?? [], period),
    ...(input.ExtendedStatistics ? { ExtendedStatistics: values(input.ExtendedStatistics, period) } : {}),
  }));
  return { Label: input.MetricName, Datapoints };
}

function metricName(namespace: string, name: string, dimensions: readonly Dimension[] = []): MetricName {
  return { namespace, name, dimensions };
}

function time(unixSeconds: number): Date {
  return new Date(unixSeconds * 1000);
}
