import type { Alert } from '../../shared/alarm/alert.ts';
import type { Severity } from '../../shared/alarm/severity.ts';

/** What routes, silences and windows choose alarms by; whatever is left out stands for all. */
export interface Matcher {
  readonly severities?: readonly Severity[] | undefined;
  readonly databases?: readonly string[] | undefined;
  /** Names, `*` for anything. */
  readonly alarms?: readonly string[] | undefined;
}

export function matches({ severities, databases, alarms }: Matcher, alert: Alert): boolean {
  return (
    (severities?.includes(alert.severity) ?? true) &&
    (databases?.some((database) => database === alert.database) ?? true) &&
    (alarms === undefined || matchesName(alarms, alert.name))
  );
}

/** True where one of the patterns is the name, `*` standing for anything. */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern.split('*'), name));
}

/** The literal parts in their order: without backtracking, so that no pattern takes long. */
function matchesPattern([first = '', ...rest]: readonly string[], name: string): boolean {
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  const last = rest.at(-1) ?? '';
  let from = first.length;
  for (const part of rest.slice(0, -1)) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
