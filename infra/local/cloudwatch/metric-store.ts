export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** What names one series; the order of dimensions means nothing. */
export interface MetricName {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** One sample, or a set of them told by its statistics. */
export interface Sample {
  readonly at: Date;
  readonly count: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The single values, for percentiles; empty for a set told by its statistics. */
  readonly values: readonly number[];
}

/** The samples of one region. */
export class MetricStore {
  readonly #samples = new Map<string, Sample[]>();

  add(metric: MetricName, sample: Sample): void {
    const key = keyOf(metric);
    const samples = this.#samples.get(key) ?? [];
    samples.push(sample);
    this.#samples.set(key, samples);
  }

  /** Samples from `start` up to, not including, `end`; CloudWatch finds a series only by all of its dimensions. */
  between(metric: MetricName, start: Date, end: Date): Sample[] {
    const samples = this.#samples.get(keyOf(metric)) ?? [];
    return samples.filter(({ at }) => at >= start && at < end);
  }
}

function keyOf({ namespace, name, dimensions }: MetricName): string {
  const sorted = dimensions.map(({ Name, Value }) => [Name, Value]).toSorted();
  return JSON.stringify([namespace, name, sorted]);
}
