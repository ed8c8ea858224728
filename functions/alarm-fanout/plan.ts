import type { Alert } from '../../shared/alarm/alert.ts';
import { bySeverity } from '../../shared/alarm/severity.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { type AlarmRow, isOn, type Sending, sending, type Told, wasTold } from './alarm-row.ts';
import { flaps, recentChanges } from './flapping.ts';
import { type HoldFacts, reasonToHold } from './hold.ts';
import { isKnownMoment, momentsWith, tellsOfSameRun, unheardNote } from './moments.ts';
import { type Routed, route } from './route.ts';

/** What a change of an alarm's state comes to. `drop`: the row stays as it is; every other kind writes `row` first. */
export type Plan =
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'hold' | 'note' | 'tell'; readonly reason: string; readonly row: AlarmRow };

export interface Facts extends HoldFacts {
  /** When the alarm changed lately, by CloudWatch's own history; empty where it is not known. */
  readonly changes: readonly string[];
}

/** Decides about one change of state; `row` is what was known of the alarm before, undefined of a new one. */
export function plan(given: Alert, row: AlarmRow | undefined, facts: Facts): Plan {
  const alert = withInsufficientData(given, facts);
  if (alert === undefined) return drop('insufficient data is neither an alarm nor a recovery');
  if (alert.momentary && !(row && isOn(row))) return planMoment(alert, row, facts);
  if (row && alert.at < row.alert.at) return planLate(alert, row, facts);
  if (row && isKnown(alert, row)) return drop('it is known already');
  return alert.state === 'OK' ? planRecovery(alert, row, facts) : planAlarm(alert, row, facts);
}

function withInsufficientData(alert: Alert, { config }: Facts): Alert | undefined {
  if (alert.state !== 'INSUFFICIENT_DATA') return alert;
  return config.insufficientData === 'alarm' ? { ...alert, state: 'ALARM' } : undefined;
}

const drop = (reason: string): Plan => ({ kind: 'drop', reason });

/** The same change again; but where CloudWatch no longer holds its actions back, that is news. */
function isKnown(alert: Alert, row: AlarmRow): boolean {
  const isHeardAgain = row.held !== null && row.alert.quiet !== null && alert.quiet === null;
  return alert.at === row.alert.at && alert.state === row.alert.state && !isHeardAgain;
}

/** Order is not kept: an alarm may come after its own recovery. People hear of both; of whatever else is older, nothing. */
function planLate(alert: Alert, row: AlarmRow, facts: Facts): Plan {
  const { unseenAfter } = row;
  if (alert.state !== 'ALARM' || unseenAfter === null || alert.at <= unseenAfter) {
    return drop('something newer is known of it');
  }
  const seen = { ...row, unseenAfter: null };
  const held = reasonToHold(alert, facts);
  if (held !== null) return { kind: 'note', reason: `it is over already, and ${held}`, row: seen };
  const to = opened(alert, route(alert, facts.config, facts.now).sinks);
  // Whoever flapped may have been told of this recovery before: the alarm that comes now is over by one of its own.
  const over = sending('recovery', row.alert, to);
  const recovery = { ...over, id: `${over.id} of ${alert.at}` };
  const outbox = [...row.outbox, sending('alarm', alert, to), recovery];
  const next = { ...seen, toldAt: facts.now.toISOString(), outbox };
  return { kind: 'tell', reason: 'it came after its own recovery', row: next };
}

function planRecovery(alert: Alert, row: AlarmRow | undefined, { config, now, changes }: Facts): Plan {
  if (row && row.flappingSince !== null && flaps(changes, config.flapping, now)) {
    return { kind: 'hold', reason: 'it flaps', row: { ...row, alert, onSince: null } };
  }
  const over = { ...fresh(alert), unseenAfter: unseenBefore(row) };
  if (!row || !wasTold(row)) {
    return {
      kind: 'note',
      reason: 'nobody was told that it was on',
      row: { ...over, outbox: row?.outbox ?? [] },
    };
  }
  const outbox = [...row.outbox, sending('recovery', alert, row.told, lastedNote(row, alert))];
  return { kind: 'tell', reason: 'it is over', row: { ...over, outbox } };
}

/** `It was on for 20 min.`; null where CloudWatch does not say since when. */
function lastedNote({ onSince }: AlarmRow, { at }: Alert): string | null {
  const hours = onSince === null ? 0 : (Date.parse(at) - Date.parse(onSince)) / 3_600_000;
  return hours > 0 ? `It was on for ${describeHours(hours)}.` : null;
}

/** What is over once more, or was not known at all, was on in between. */
function unseenBefore(row: AlarmRow | undefined): string | null {
  if (row === undefined) return '';
  return row.alert.state === 'ALARM' ? null : (row.unseenAfter ?? row.alert.at);
}

/** What only happens has no recovery, and none of it is older than another: each is told. */
function planMoment(alert: Alert, row: AlarmRow | undefined, facts: Facts): Plan {
  if (alert.state === 'OK') return drop('what only happened is never over');
  if (isKnownMoment(alert, row)) return drop('it is known already');
  if (tellsOfSameRun(alert, row?.alert)) return drop('the run itself told of its failure');
  const next: AlarmRow = {
    ...fresh(alert),
    flappingSince: row?.flappingSince ?? null,
    outbox: row?.outbox ?? [],
    moments: momentsWith(alert, row),
    unheard: row && row.held !== null ? (row.unheard ?? 0) + 1 : 0,
  };
  const note = row && row.held !== null ? unheardNote(row.held, next) : null;
  return holdOrTell(alert, { row, next, note }, facts);
}

function planAlarm(alert: Alert, row: AlarmRow | undefined, facts: Facts): Plan {
  const known = row && isOn(row) ? row : undefined;
  const next: AlarmRow = {
    ...fresh(alert),
    onSince: known?.onSince ?? alert.at,
    // Of one that flaps the recovery is still owed.
    told: row && (isOn(row) || row.flappingSince !== null) ? row.told : {},
    toldAt: known?.toldAt ?? null,
    flappingSince: row?.flappingSince ?? null,
    outbox: row?.outbox ?? [],
  };
  // What was held while it became worse is still to be told.
  const isKnown = known && wasTold(known) && known.held === null;
  if (isKnown && bySeverity(alert.severity, known.alert.severity) >= 0) {
    return { kind: 'note', reason: 'it was on already, and people know', row: next };
  }
  return holdOrTell(alert, { row, next, note: null }, facts);
}

interface Change {
  readonly row: AlarmRow | undefined;
  readonly next: AlarmRow;
  readonly note: string | null;
}

function holdOrTell(alert: Alert, { row, next, note }: Change, facts: Facts): Plan {
  const held = reasonToHold(alert, facts);
  if (held !== null) return { kind: 'hold', reason: held, row: { ...next, held } };
  if (!flaps(facts.changes, facts.config.flapping, facts.now)) {
    return tell('alarm', alert, { ...next, flappingSince: null }, facts, note);
  }
  if (row && row.flappingSince !== null) {
    return { kind: 'hold', reason: 'it flaps, and people know', row: { ...next, held: 'it flaps' } };
  }
  const flapping = { ...next, flappingSince: facts.now.toISOString() };
  return tell('flapping', alert, flapping, facts, flappingNote(facts));
}

function flappingNote({ changes, config: { flapping }, now }: Facts): string {
  const times = recentChanges(changes, flapping, now);
  return `It changed ${times} times within ${flapping.withinMinutes} minutes. It is told of again once it has kept one state for ${flapping.quietMinutes} minutes.`;
}

/** Those who were told before are told again: of what became worse, or flaps. */
export function tell(
  kind: Sending['kind'],
  alert: Alert,
  row: AlarmRow,
  { config, now }: Pick<Facts, 'config' | 'now'>,
  note: string | null,
): Plan {
  const routed = route(alert, config, now);
  const to = { ...opened(alert, routed.sinks), ...row.told };
  const next = {
    ...row,
    told: alert.momentary ? {} : to,
    toldAt: now.toISOString(),
    held: null,
    unheard: 0,
    outbox: [...row.outbox, { ...sending(kind, alert, to, note), known: Object.keys(row.told) }],
  };
  return { kind: 'tell', reason: whyThere(routed), row: next };
}

function whyThere({ routes }: Routed): string {
  if (routes.length === 0) return 'no route of the config fits: the fallback, or else every sink';
  return `${routes.length > 1 ? 'routes' : 'route'} ${routes.join(' and ')} of the config`;
}

function opened(alert: Alert, sinks: readonly string[]): Record<string, Told> {
  return Object.fromEntries(sinks.map((sink) => [sink, { incident: alert.key }]));
}

function fresh(alert: Alert): AlarmRow {
  return {
    alert,
    onSince: null,
    told: {},
    held: null,
    flappingSince: null,
    toldAt: null,
    unseenAfter: null,
    outbox: [],
  };
}
