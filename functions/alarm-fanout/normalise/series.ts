import type { AlertMetric } from '../../../shared/alarm/alert.ts';
import type { ObservedAlarm, Shown } from './observed.ts';
import type { Reading } from './reading.ts';
import { oneLine } from './text.ts';

/** One entry of what an alarm looks at: a metric, or an expression over metrics. */
export interface Series {
  readonly metric: SeriesMetric | null;
  readonly expression: string | null;
  readonly label: string | null;
  /** Whether the alarm compares it, or only computes with it. */
  readonly compared: boolean;
}

export interface SeriesMetric extends Omit<AlertMetric, 'value' | 'threshold'> {
  readonly unit: string | null;
}

type Described = Pick<ObservedAlarm, 'metric' | 'shows' | 'instances'>;

/** Which of its series, of an alarm that looks at several; null of every other. */
export type Contributor = Readonly<Record<string, string>> | null;

/** What an alarm compares, from all of its series and what it read. */
export function describeSeries(
  series: readonly Series[],
  reading: Reading,
  contributor: Contributor = null,
): Described {
  const compared = series.filter((one) => one.compared && !isBand(one));
  const first = compared.length === 1 ? compared[0] : undefined;
  const metric = first?.metric ?? null;
  const banded = series.some(isBand);
  const { value, band, noData } = reading;
  const threshold = banded ? null : reading.threshold;
  const shows: Shown = {
    what: metric?.name ?? first?.label ?? null,
    unit: metric?.unit ?? null,
    value,
    threshold,
    band,
    noData,
    of: contributor && nameContributor(contributor),
  };
  return {
    metric: metric && withReading(metric, { value, threshold }),
    shows,
    instances: instancesOf(series, contributor),
  };
}

function withReading(
  { unit: _, ...metric }: SeriesMetric,
  reading: Pick<AlertMetric, 'value' | 'threshold'>,
): AlertMetric {
  return { ...metric, ...reading };
}

const isBand = ({ expression }: Series) => expression?.includes('ANOMALY_DETECTION_BAND') ?? false;

function nameContributor(attributes: Readonly<Record<string, string>>): string {
  const named = Object.entries(attributes).slice(0, 5);
  return oneLine(named.map(([key, value]) => `${key} ${value}`).join(', '), 120);
}

const instanceDimension = 'DBInstanceIdentifier';

function instancesOf(series: readonly Series[], contributor: Contributor): string[] {
  const dimensions = series.flatMap(({ metric }) => (metric ? [metric.dimensions] : []));
  const all: readonly Readonly<Record<string, string>>[] = [...dimensions, contributor ?? {}];
  const found = all.flatMap((one) =>
    Object.hasOwn(one, instanceDimension) ? [one[instanceDimension] ?? ''] : [],
  );
  return [...new Set(found)].slice(0, 100);
}

const mostDimensions = 30;

/** CloudWatch has 30 at most, and 255 characters to a name; what is made up is cut. */
export function dimensionsOf(pairs: readonly (readonly [string, string])[]): Record<string, string> {
  const short = pairs.slice(0, mostDimensions);
  return Object.fromEntries(short.map(([name, value]) => [oneLine(name, 255), oneLine(value, 255)]));
}
