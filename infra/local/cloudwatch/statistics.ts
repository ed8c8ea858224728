import { AwsFault } from '../gateway/service.ts';
import type { Sample } from './metric-store.ts';

/** The samples of one period. */
export interface Period {
  readonly start: Date;
  readonly samples: readonly Sample[];
}

/** Groups samples into periods of whole multiples of `periodSeconds` since 1970, oldest first; empty ones are absent. */
export function periodsOf(samples: readonly Sample[], periodSeconds: number): Period[] {
  const milliseconds = periodSeconds * 1000;
  const groups = Map.groupBy(samples, ({ at }) => Math.floor(at.getTime() / milliseconds) * milliseconds);
  return [...groups]
    .toSorted(([left], [right]) => left - right)
    .map(([start, members]) => ({ start: new Date(start), samples: members }));
}

/** One statistic of a period's samples: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or `p99.9` and the like. */
export function statistic(name: string, samples: readonly Sample[]): number {
  const total = (read: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + read(sample), 0);
  switch (name) {
    case 'SampleCount':
      return total(({ count }) => count);
    case 'Sum':
      return total(({ sum }) => sum);
    case 'Average':
      return total(({ sum }) => sum) / total(({ count }) => count);
    case 'Minimum':
      return Math.min(...samples.map(({ minimum }) => minimum));
    case 'Maximum':
      return Math.max(...samples.map(({ maximum }) => maximum));
    default:
      return percentile(name, samples);
  }
}

function percentile(name: string, samples: readonly Sample[]): number {
  const share = Number(/^p(\d+(?:\.\d+)?)$/.exec(name)?.[1]);
  if (Number.isNaN(share) || share > 100) {
    throw new AwsFault('InvalidParameterValue', `The local CloudWatch does not know the statistic ${name}.`);
  }
  const values = samples.flatMap((sample) => sample.values).toSorted((left, right) => left - right);
  return values[Math.max(0, Math.ceil((share / 100) * values.length) - 1)] ?? Number.NaN;
}
