import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** One number of a run; `unit` is CloudWatch's. */
export interface Measurement {
  readonly name: string;
  readonly unit: keyof typeof MetricUnit;
  readonly value: number;
}

/**
 * Writes a run's metrics as one log line in CloudWatch's embedded format, with the dimensions `service` (the job)
 * and `Database`. Call it inside a step: a replay must not count twice.
 */
export function publishMetrics(job: string, database: string, measurements: readonly Measurement[]): void {
  const metrics = new Metrics({ namespace: 'Nightshift', serviceName: job });
  metrics.addDimension('Database', database);
  for (const { name, unit, value } of measurements) metrics.addMetric(name, MetricUnit[unit], value);
  metrics.publishStoredMetrics();
}
