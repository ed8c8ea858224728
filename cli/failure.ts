/** What the command line ends with: 0 done, 1 a run failed, 2 bad usage or config. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

const usageErrors = new Set(['ConfigError', 'EventRefusedError', 'UsageError']);

/** The words of the command line are off: nothing was started. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

export function exitCodeOf(error: unknown): number {
  const name = error instanceof Error ? error.name : '';
  return usageErrors.has(name) ? exitCodes.usage : exitCodes.failed;
}

/** What people see of an error: its message; the stack only where it is a defect of ours. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const defect = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(error.name);
  return defect ? (error.stack ?? error.message) : error.message;
}
