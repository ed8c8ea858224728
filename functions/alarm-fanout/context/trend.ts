import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { amountOf, inWords } from '../classify/units.ts';
import type { Finder } from './gather.ts';

const minutes = 30;
const mostStepSeconds = 300;

/** How the metric went within the last half hour: `from 41 % to 93 % within 30 minutes, now falling`. */
export const readTrend: Finder<string> = async ({ cloudwatch }, { metric }, abortSignal) => {
  if (!metric) return undefined;
  const { namespace, name, dimensions, statistic, periodSeconds } = metric;
  const end = new Date();
  const { MetricDataResults = [] } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(end.getTime() - minutes * 60_000),
      EndTime: end,
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        {
          Id: 'm1',
          MetricStat: {
            Metric: {
              Namespace: namespace,
              MetricName: name,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: Math.min(periodSeconds, mostStepSeconds),
            Stat: statistic,
          },
        },
      ],
    }),
    { abortSignal },
  );
  const values = MetricDataResults[0]?.Values ?? [];
  return describeTrend(values, (from, to) => inWords(amountOf(metric, null), from, to));
};

/** Undefined for fewer than two values; `words` gives two of them in units that people use. */
export function describeTrend(
  values: readonly number[],
  words: (from: number, to: number) => readonly [string, string],
): string | undefined {
  const [first, last, before] = [values[0], values.at(-1), values.at(-2)];
  if (values.length < 2 || first === undefined || last === undefined || before === undefined)
    return undefined;
  if (first === last && before === last)
    return `unchanged at ${words(first, last)[1]} for ${minutes} minutes`;
  const [from, to] = words(first, last);
  const now = last > before ? 'rising' : last < before ? 'falling' : 'steady';
  return `from ${from} to ${to} within ${minutes} minutes, now ${now}`;
}
