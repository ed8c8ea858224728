/** Worst first. */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** For sorting: the worse comes first. */
export function bySeverity(one: Severity, other: Severity): number {
  return severities.indexOf(one) - severities.indexOf(other);
}

/** `info` where there is none. */
export function worst(given: readonly Severity[]): Severity {
  return [...given].sort(bySeverity)[0] ?? 'info';
}
