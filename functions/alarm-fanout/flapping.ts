import type { AlarmsConfig } from '../../shared/config/schema.ts';

type Flapping = AlarmsConfig['flapping'];

/** How often it changed within the time that the config looks at; `changes` are moments of changes, in any order. */
export function recentChanges(changes: readonly string[], { withinMinutes }: Flapping, now: Date): number {
  const from = now.getTime() - withinMinutes * 60_000;
  return new Set(changes.filter((at) => Date.parse(at) > from)).size;
}

export function flaps(changes: readonly string[], flapping: Flapping, now: Date): boolean {
  return recentChanges(changes, flapping, now) > flapping.changes;
}

/** Whether an alarm that flapped has kept one state for long enough. */
export function isQuiet(changedAt: string, { quietMinutes }: Flapping, now: Date): boolean {
  return now.getTime() - Date.parse(changedAt) >= quietMinutes * 60_000;
}
