/** The error's name as the SDK gives it: `DBSnapshotNotFoundFault`, `AccessDenied`, …; '' for what is no error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export function hasName(error: unknown, ...names: readonly string[]): boolean {
  return names.includes(errorName(error));
}

const transientNames = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
  'SlowDown',
  // Another writer of the same key was at it: S3 asks to try again.
  'ConditionalRequestConflict',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalFailure',
  'InternalError',
  'InternalServerError',
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
]);
const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

interface AwsErrorShape {
  readonly code?: unknown;
  readonly transient?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Worth another try later: throttled, a server's own fault, a broken connection, or marked so by who threw it. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata, transient } = error as AwsErrorShape;
  return (
    transient === true ||
    transientNames.has(error.name) ||
    (typeof code === 'string' && transientCodes.has(code)) ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}

/** A short description for a message: the service's name for it and its words. */
export function describeAwsError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message ? `${error.name}: ${error.message}` : error.name;
}
