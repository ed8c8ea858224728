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
export function describeFailure(error: unknown, { AWS_ENDPOINT_URL: endpoint } = process.env): string {
  if (!(error instanceof Error)) return String(error);
  if (endpoint !== undefined && isRefusedAt(endpoint, error))
    return `Nothing answers at AWS_ENDPOINT_URL (${error.message}). Start \`nightshift up\` and paste what it prints, or unset it.`;
  const defect = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(error.name);
  return defect ? (error.stack ?? error.message) : error.message;
}

/** The stack has ended, and a terminal still has its environment. */
function isRefusedAt(endpoint: string, error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' && URL.canParse(endpoint) && error.message.includes(new URL(endpoint).host);
}
