/** One number of a benchmark; a run is good when no `met` is false. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is compared with, in the same unit. */
  readonly against: number | null;
  /** `value / against`. */
  readonly ratio: number | null;
  /** What is asked of it, in words and numbers: `ratio <= 1.2`. */
  readonly wanted: string | null;
  readonly met: boolean | null;
}

/** What is asked for on the command line; a benchmark that has no use for it leaves it aside. */
export interface BenchmarkOptions {
  /** How much to measure, instead of the benchmark's own number. */
  readonly rows?: number;
  /** Also what takes long. */
  readonly long: boolean;
}

/** What `tests/bench/NAME/benchmark.ts` exports as `benchmark`. */
export interface Benchmark {
  /** One line for `--help`. */
  readonly summary: string;
  /** `say` takes a line of progress for people. */
  run(say: (line: string) => void, options: BenchmarkOptions): Promise<Measurement[]>;
}

export interface BenchmarkDocument {
  readonly benchmark: string;
  readonly results: readonly Measurement[];
}

/** A value that nothing is asked of: shown for comparison. */
export function shown(name: string, value: number, unit: string): Measurement {
  return { name, value, unit, against: null, ratio: null, wanted: null, met: null };
}

/** A value that must stay below a limit. */
export function atMost(name: string, value: number, unit: string, limit: number): Measurement {
  return { ...shown(name, value, unit), wanted: `<= ${limit} ${unit}`, met: value <= limit };
}

/** A value that must not pass a multiple of another. */
export function atMostTimes(measured: Measurement, against: number, limit: number): Measurement {
  const ratio = measured.value / against;
  return { ...measured, against, ratio, wanted: `ratio <= ${limit}`, met: ratio <= limit };
}

/** A speed that must reach a multiple of another. */
export function atLeastTimes(measured: Measurement, against: number, limit: number): Measurement {
  const ratio = measured.value / against;
  return { ...measured, against, ratio, wanted: `ratio >= ${limit}`, met: ratio >= limit };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half];
  if (upper === undefined) throw new Error('There is no median of nothing.');
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
