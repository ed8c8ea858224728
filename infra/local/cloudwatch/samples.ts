import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Sample } from './metric-store.ts';

/** A datum as it is on the wire: times are Unix seconds. */
export type WireDatum = Omit<MetricDatum, 'Timestamp'> & { readonly Timestamp?: number };

/** The sample that a datum tells, in one of its three ways: a value, values with counts, or statistics. */
export function sampleOf(datum: WireDatum, now: Date): Sample {
  const at = datum.Timestamp === undefined ? now : new Date(datum.Timestamp * 1000);
  const { StatisticValues: told } = datum;
  if (told) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: minimum = 0, Maximum: maximum = 0 } = told;
    return { at, count, sum, minimum, maximum, values: [] };
  }
  const values = datum.Values?.flatMap((value, index) => repeated(value, datum.Counts?.[index])) ?? [
    datum.Value ?? 0,
  ];
  return {
    at,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    minimum: Math.min(...values),
    maximum: Math.max(...values),
    values,
  };
}

function repeated(value: number, count = 1): number[] {
  return Array.from({ length: count }, () => value);
}
