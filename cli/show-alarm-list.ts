import { oneLine } from '../functions/alarm-delivery/plain-text.ts';
import { type AlarmRow, isOn } from '../functions/alarm-fanout/alarm-row.ts';
import { bySeverity } from '../shared/alarm/severity.ts';
import { formatTime } from './units.ts';

/** What is known of one alarm, as far as people ask for it. */
export interface KnownAlarm {
  readonly alarm: string;
  readonly severity: AlarmRow['alert']['severity'];
  readonly database: string | null;
  readonly state: AlarmRow['alert']['state'];
  /** Of that state; ISO 8601 in UTC. */
  readonly since: string;
  /** Only happened: it has no end that anybody would be told of. */
  readonly momentary: boolean;
  readonly summary: string;
  /** Sinks that were told that it is on. */
  readonly told: readonly string[];
  /** Why nobody was told yet; null where nothing stands against it. */
  readonly heldBack: string | null;
  readonly flapsSince: string | null;
  /** Messages that are written down and have not been sent. */
  readonly unsent: number;
}

export function knownAlarm(row: AlarmRow): KnownAlarm {
  const { alert, told, held, flappingSince, outbox, onSince } = row;
  return {
    alarm: alert.name,
    severity: alert.severity,
    database: alert.database,
    state: alert.state,
    since: isOn(row) ? (onSince ?? alert.at) : alert.at,
    momentary: alert.momentary,
    summary: alert.summary,
    told: Object.keys(told),
    heldBack: held,
    flapsSince: flappingSince,
    unsent: outbox.length,
  };
}

/** Whether people may have to do something about it: it is on, held back, flapping, or on its way to them. */
export function isOpen({ state, momentary, heldBack, flapsSince, unsent }: KnownAlarm): boolean {
  return (state === 'ALARM' && !momentary) || heldBack !== null || flapsSince !== null || unsent > 0;
}

/** The worst first, then the oldest. */
export function sortAlarms(alarms: readonly KnownAlarm[]): KnownAlarm[] {
  return [...alarms].sort(
    (one, other) =>
      Number(isOpen(other)) - Number(isOpen(one)) ||
      bySeverity(one.severity, other.severity) ||
      one.since.localeCompare(other.since) ||
      one.alarm.localeCompare(other.alarm),
  );
}

export function describeAlarms(alarms: readonly KnownAlarm[]): string {
  return alarms.map(describeAlarm).join('\n\n');
}

function describeAlarm(alarm: KnownAlarm): string {
  const { alarm: name, severity, summary, told, heldBack, flapsSince, unsent } = alarm;
  return [
    `${severity} ${name}, ${stateOf(alarm)}`,
    summary,
    ...(told.length > 0 ? [`told: ${told.join(', ')}`] : []),
    ...(heldBack === null ? [] : [`nobody is told: ${heldBack}`]),
    ...(flapsSince === null ? [] : [`told of as flapping since ${formatTime(flapsSince)}`]),
    ...(unsent > 0 ? [`messages that are still to be sent: ${unsent}`] : []),
  ]
    .map(oneLine)
    .join('\n  ');
}

function stateOf({ state, since, momentary }: KnownAlarm): string {
  if (momentary) return `last happened ${formatTime(since)}`;
  switch (state) {
    case 'ALARM':
      return `on since ${formatTime(since)}`;
    case 'OK':
      return `over since ${formatTime(since)}`;
    case 'INSUFFICIENT_DATA':
      return `without data since ${formatTime(since)}`;
  }
}
