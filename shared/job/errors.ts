import type { Measurement } from './metrics.ts';

/**
 * The family of errors that Nightshift throws. A message says what was being done, to what, what came back, and
 * what to do next; the original is in `cause`. No message carries a secret or a value from a user's row.
 */
export class NightshiftError extends Error {
  override readonly name: string = 'NightshiftError';
}

/** The config is wrong: nothing was done. */
export class ConfigError extends NightshiftError {
  override readonly name = 'ConfigError';
}

/** The event is not one that starts this job: nothing was done. */
export class EventRefusedError extends NightshiftError {
  override readonly name = 'EventRefusedError';
}

/** Something outside of Nightshift is in a state that the job cannot go on from. */
export class PreconditionError extends NightshiftError {
  override readonly name = 'PreconditionError';
}

/** What AWS was asked for ended badly: a failed snapshot, a failed export, a refused call. `transient` as of PostgresError. */
export class ServiceError extends NightshiftError {
  override readonly name = 'ServiceError';
  readonly transient: boolean;

  constructor(
    message: string,
    { transient = false, ...options }: ErrorOptions & { transient?: boolean } = {},
  ) {
    super(message, options);
    this.transient = transient;
  }
}

/** Something did not come to its end within the time that the config allows. */
export class PatienceError extends NightshiftError {
  override readonly name = 'PatienceError';
}

/** The work was done and does not hold what it must hold. */
export class ProofError extends NightshiftError {
  override readonly name = 'ProofError';
}

/**
 * Postgres refused a connection or a statement; the message never holds its `detail`, which quotes rows.
 * `transient` says that the same may succeed later.
 */
export class PostgresError extends NightshiftError {
  override readonly name = 'PostgresError';
  readonly transient: boolean;
  /** What Postgres answered; undefined where the error came from elsewhere, as from a broken connection. */
  readonly sqlState: string | undefined;

  constructor(
    message: string,
    {
      transient = false,
      sqlState,
      ...options
    }: ErrorOptions & { transient?: boolean; sqlState?: string } = {},
  ) {
    super(message, options);
    this.transient = transient;
    this.sqlState = sqlState;
  }
}

/** What a run that failed has found nonetheless: its record keeps the report, and its numbers are counted. */
export class FailedRunError<Report = unknown> extends NightshiftError {
  override readonly name = 'FailedRunError';
  readonly report: Report;
  readonly measurements: readonly Measurement[];

  constructor(
    message: string,
    { report, measurements, ...options }: ErrorOptions & FoundNonetheless<Report>,
  ) {
    super(message, options);
    this.report = report;
    this.measurements = measurements;
  }
}

interface FoundNonetheless<Report> {
  readonly report: Report;
  readonly measurements: readonly Measurement[];
}
