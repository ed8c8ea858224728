import { createHash } from 'node:crypto';
import type { Alert } from '../../shared/alarm/alert.ts';
import type { Page, PageContext, PageCounts } from '../../shared/alarm/page.ts';
import { bySeverity, severities, worst } from '../../shared/alarm/severity.ts';
import type { Sending } from './alarm-row.ts';
import type { DigestEntry } from './digest-entries.ts';
import { type DigestName, stormOf } from './digest-name.ts';
import { fitPage } from './fit-page.ts';

export interface Made {
  readonly stage: string;
  readonly sinks: readonly string[];
  readonly now: Date;
}

/** The page of one alarm, with the incident that the given sinks know it by. */
export function alarmPage(
  { id, kind, alert, note }: Sending,
  { stage, sinks, now }: Made,
  incident: string,
  context: PageContext | null,
): Page {
  return fitPage({
    version: 1,
    id: pageId(id),
    kind,
    stage,
    severity: alert.severity,
    database: alert.database,
    at: now.toISOString(),
    sinks,
    incident,
    effect: effectOf(kind, alert, incident),
    alerts: [alert],
    counts: null,
    note,
    context,
  });
}

/** A recovery out of a storm ends nothing by itself: the storm's own end is told when the last of it is over. */
function effectOf(kind: Sending['kind'], alert: Alert, incident: string): Page['effect'] {
  if (kind === 'recovery') return incident === alert.key ? 'resolves' : 'none';
  if (kind === 'reminder' && incident !== alert.key) return 'none';
  return 'opens';
}

const mostShown = 100;

export interface Digest extends DigestName {
  readonly entries: readonly DigestEntry[];
  /** Whether it is an incident of its own: of alarms that nobody had been told of, and that are not all over. */
  readonly isStorm: boolean;
}

/** One page for all that a window held back: the worst first, what is over last. */
export function digestPage({ sink, windowId, entries, isStorm }: Digest, stage: string, now: Date): Page {
  const newest = newestOfEach(entries.map(({ alert }) => alert));
  const on = newest.filter(({ state }) => state !== 'OK');
  return fitPage({
    version: 1,
    id: pageId(`digest ${sink} ${windowId}`),
    kind: 'digest',
    stage,
    severity: worst((on.length > 0 ? on : newest).map(({ severity }) => severity)),
    database: onlyOne(newest.map(({ database }) => database)),
    at: now.toISOString(),
    sinks: [sink],
    incident: stormOf({ sink, windowId }),
    effect: isStorm ? 'opens' : 'none',
    alerts: [...newest].sort(worstFirst).slice(0, mostShown),
    counts: countsOf(newest),
    note: null,
    context: null,
  });
}

/** Of a storm the end: to the sinks that know it as one incident. */
export function stormOverPage(
  { stage, sinks, now }: Made,
  { incident, last }: { readonly incident: string; readonly last: Alert },
): Page {
  return fitPage({
    version: 1,
    id: pageId(`over ${incident}`),
    kind: 'recovery',
    stage,
    severity: last.severity,
    database: null,
    at: now.toISOString(),
    sinks,
    incident,
    effect: 'resolves',
    alerts: [last],
    counts: null,
    note: 'With it, all alarms of that digest are over.',
    context: null,
  });
}

/** The last state of each alarm: one that came and went within the window is over. */
export function newestOfEach(entries: readonly Alert[]): Alert[] {
  const newest = new Map<string, Alert>();
  for (const entry of entries) {
    const known = newest.get(entry.key);
    if (!known || known.at < entry.at) newest.set(entry.key, entry);
  }
  return [...newest.values()];
}

function worstFirst(one: Alert, other: Alert): number {
  const isOver = (alert: Alert) => Number(alert.state === 'OK');
  return (
    isOver(one) - isOver(other) ||
    bySeverity(one.severity, other.severity) ||
    one.at.localeCompare(other.at) ||
    one.key.localeCompare(other.key)
  );
}

function countsOf(alerts: readonly Alert[]): PageCounts {
  const on = alerts.filter(({ state }) => state !== 'OK');
  const byDatabase: Record<string, number> = {};
  for (const { database } of on) byDatabase[database ?? '-'] = (byDatabase[database ?? '-'] ?? 0) + 1;
  const count = (severity: Alert['severity']) => on.filter((alert) => alert.severity === severity).length;
  return {
    alarms: on.length,
    recoveries: alerts.length - on.length,
    bySeverity: Object.fromEntries(severities.map((one) => [one, count(one)])) as PageCounts['bySeverity'],
    byDatabase,
  };
}

function onlyOne(databases: readonly (string | null)[]): string | null {
  const [first = null, ...others] = new Set(databases);
  return others.length === 0 ? first : null;
}

/** 32 hex digits, the same for the same text. */
export function pageId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
