import type { MetricUnit } from '@aws-lambda-powertools/metrics';

/** One number of a run; `unit` is CloudWatch's. */
export interface Measurement {
  readonly name: string;
  readonly unit: keyof typeof MetricUnit;
  readonly value: number;
}

export interface MeasuredRun {
  readonly job: string;
  readonly stage: string;
  /** Left out where a run is of the whole stage. */
  readonly database?: string;
  /** Of what serves one sink of alarms. */
  readonly sink?: string;
}

/**
 * Writes a run's metrics as one log line in CloudWatch's embedded format, with the dimensions `service` (the job),
 * `Stage` and, of a run that is of one database or sink, `Database` or `Sink`. Call it inside a step: a replay must not count twice.
 */
export async function publishMetrics(run: MeasuredRun, measurements: readonly Measurement[]): Promise<void> {
  // On first use, which is the end of a run: no cold start waits for it.
  const { Metrics, MetricUnit } = await import('@aws-lambda-powertools/metrics');
  const metrics = new Metrics({ namespace: 'Nightshift', serviceName: run.job });
  metrics.addDimension('Stage', run.stage);
  if (run.database !== undefined) metrics.addDimension('Database', run.database);
  if (run.sink !== undefined) metrics.addDimension('Sink', run.sink);
  for (const { name, unit, value } of measurements) metrics.addMetric(name, MetricUnit[unit], value);
  metrics.publishStoredMetrics();
}
