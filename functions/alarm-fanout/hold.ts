import type { Alert } from '../../shared/alarm/alert.ts';
import type { Silence } from '../../shared/alarm/silence.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { windowEnd } from '../../shared/config/window.ts';
import { matches, matchesName } from './matches.ts';

/** An alarm that is on and explains others: a composite one its children, one of `inhibit` what that hides. */
export interface Inhibitor {
  readonly key: string;
  readonly name: string;
  readonly database: string | null;
  readonly children: readonly string[];
}

export interface HoldFacts {
  readonly config: AlarmsConfig;
  readonly silences: readonly Silence[];
  readonly inhibitors: readonly Inhibitor[];
  readonly now: Date;
}

/** Why nobody is to be told now of an alarm that is on; null where nothing stands against it. */
export function reasonToHold(alert: Alert, facts: HoldFacts): string | null {
  return (
    mutedBy(alert, facts) ??
    silencedBy(alert, facts) ??
    inMaintenance(alert, facts) ??
    inhibitedBy(alert, facts)
  );
}

/** Where CloudWatch does not say until when: after so long, people hear of it all the same. */
const longestMutedMs = 86_400_000;

function mutedBy({ quiet, at }: Alert, { now }: HoldFacts): string | null {
  if (quiet === null) return null;
  const until = quiet.until === null ? Date.parse(at) + longestMutedMs : Date.parse(quiet.until);
  return until <= now.getTime()
    ? null
    : `CloudWatch holds its actions back: ${quiet.by}${quiet.until ? ` until ${quiet.until}` : ''}`;
}

function silencedBy(alert: Alert, { config, silences, now }: HoldFacts): string | null {
  const found = [...config.silences, ...silences].find(
    (silence) =>
      Date.parse(silence.from ?? '1970-01-01T00:00:00Z') <= now.getTime() &&
      now.getTime() < Date.parse(silence.until) &&
      matches(silence, alert),
  );
  return found ? `silenced until ${found.until}: ${found.why}` : null;
}

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

function inMaintenance(alert: Alert, { config, now }: HoldFacts): string | null {
  for (const { window, days, ...matcher } of config.maintenance) {
    const end = windowEnd(window, now);
    if (end === undefined || !matches(matcher, alert)) continue;
    // The day that the window began on: it may pass midnight.
    const began = new Date(end - window.hours * 3_600_000);
    const day = weekdays[began.getUTCDay()];
    if (day && days.includes(day)) return `maintenance until ${new Date(end).toISOString()}`;
  }
  return null;
}

/** Alarms may explain each other: of those that do, the first by its key is told, and stands for the others. */
function inhibitedBy(alert: Alert, { config, inhibitors }: HoldFacts): string | null {
  const [found, ...others] = explainersOf(alert, inhibitors, config);
  if (found === undefined) return null;
  const all = new Set([found, ...others]);
  for (const one of all) for (const above of explainersOf(one, inhibitors, config)) all.add(above);
  const keys = [...all].map(({ key }) => key);
  const standsForAll = keys.includes(alert.key) && keys.every((key) => alert.key <= key);
  const isAbove = [...all].some((one) => explainersOf(one, inhibitors, config).length === 0);
  return standsForAll && !isAbove ? null : `${found.name} is on and explains it`;
}

type Explained = Pick<Alert, 'key' | 'name' | 'database'>;

function explainersOf(
  { key, name, database }: Explained,
  inhibitors: readonly Inhibitor[],
  { inhibit }: AlarmsConfig,
): readonly Inhibitor[] {
  return inhibitors.filter(
    (one) =>
      one.key !== key &&
      (one.children.includes(key) ||
        (one.database === database &&
          inhibit.some(({ when, hides }) => matchesName(when, one.name) && matchesName(hides, name)))),
  );
}

/** Whether others may have to be held back while this one is on. */
export function isInhibitor({ name, children }: Alert, { inhibit }: AlarmsConfig): boolean {
  return children.length > 0 || inhibit.some(({ when }) => matchesName(when, name));
}
