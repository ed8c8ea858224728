import type { Alert } from '../../shared/alarm/alert.ts';
import { bySeverity } from '../../shared/alarm/severity.ts';
import { type AlarmRow, isOn, type Sending, sending, type Told, wasTold } from './alarm-row.ts';
import { flaps, recentChanges } from './flapping.ts';
import { type HoldFacts, reasonToHold } from './hold.ts';
import { route } from './route.ts';

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
  if (row && alert.at < row.alert.at) return planLate(alert, row, facts);
  if (row && alert.at === row.alert.at && alert.state === row.alert.state) return drop('it is known already');
  return alert.state === 'OK' ? planRecovery(alert, row, facts) : planAlarm(alert, row, facts);
}

function withInsufficientData(alert: Alert, { config }: Facts): Alert | undefined {
  if (alert.state !== 'INSUFFICIENT_DATA') return alert;
  return config.insufficientData === 'alarm' ? { ...alert, state: 'ALARM' } : undefined;
}

const drop = (reason: string): Plan => ({ kind: 'drop', reason });

/** Order is not kept: an alarm may come after its own recovery. People hear of both; of whatever else is older, nothing. */
function planLate(alert: Alert, row: AlarmRow, { config, now }: Facts): Plan {
  if (alert.state !== 'ALARM' || !row.overUnseen) return drop('something newer is known of it');
  const to = opened(alert, route(alert, config.routes, now).sinks);
  const outbox = [...row.outbox, sending('alarm', alert, to), sending('recovery', row.alert, to)];
  const next = { ...row, overUnseen: false, toldAt: now.toISOString(), outbox };
  return { kind: 'tell', reason: 'it came after its own recovery', row: next };
}

function planRecovery(alert: Alert, row: AlarmRow | undefined, { config, now, changes }: Facts): Plan {
  if (row && row.flappingSince !== null && flaps(changes, config.flapping, now)) {
    return { kind: 'hold', reason: 'it flaps', row: { ...row, alert, onSince: null } };
  }
  const over = { ...fresh(alert), overUnseen: row === undefined || (row.overUnseen && !isOn(row)) };
  if (!row || !wasTold(row)) {
    return {
      kind: 'note',
      reason: 'nobody was told that it was on',
      row: { ...over, outbox: row?.outbox ?? [] },
    };
  }
  const outbox = [...row.outbox, sending('recovery', alert, row.told)];
  return { kind: 'tell', reason: 'it is over', row: { ...over, outbox } };
}

/** From a run's end to the alarm that counts it, CloudWatch takes some minutes. */
const sameRunMs = 15 * 60_000;

/** A run that failed has told why; the alarm on its metric says no more than that. */
function tellsOfSameRun(alert: Alert, before: Alert | undefined): boolean {
  return (
    alert.momentary &&
    alert.source === 'cloudwatch' &&
    before?.source === 'job' &&
    Date.parse(alert.at) - Date.parse(before.at) < sameRunMs
  );
}

function planAlarm(alert: Alert, row: AlarmRow | undefined, facts: Facts): Plan {
  if (tellsOfSameRun(alert, row?.alert)) return drop('the run itself told of its failure');
  const known = row && isOn(row) && !alert.momentary ? row : undefined;
  const next: AlarmRow = {
    ...fresh(alert),
    onSince: alert.momentary ? null : (known?.onSince ?? alert.at),
    told: known?.told ?? {},
    toldAt: known?.toldAt ?? null,
    flappingSince: row?.flappingSince ?? null,
    outbox: row?.outbox ?? [],
  };
  if (known && wasTold(known) && bySeverity(alert.severity, known.alert.severity) >= 0) {
    return { kind: 'note', reason: 'it was on already, and people know', row: next };
  }
  const held = reasonToHold(alert, facts);
  if (held !== null) return { kind: 'hold', reason: held, row: { ...next, held } };
  if (flaps(facts.changes, facts.config.flapping, facts.now)) return planFlapping(alert, row, next, facts);
  return tell('alarm', alert, { ...next, flappingSince: null }, facts, null);
}

function planFlapping(alert: Alert, row: AlarmRow | undefined, next: AlarmRow, facts: Facts): Plan {
  if (row && row.flappingSince !== null) {
    return {
      kind: 'hold',
      reason: 'it flaps, and people know',
      row: { ...next, told: row.told, held: 'it flaps' },
    };
  }
  const { withinMinutes, quietMinutes } = facts.config.flapping;
  const times = recentChanges(facts.changes, facts.config.flapping, facts.now);
  const note = `It changed ${times} times within ${withinMinutes} minutes. It is told of again once it has kept one state for ${quietMinutes} minutes.`;
  return tell('flapping', alert, { ...next, flappingSince: facts.now.toISOString() }, facts, note);
}

/** Those who were told before are told again: of what became worse, or flaps. */
export function tell(
  kind: Sending['kind'],
  alert: Alert,
  row: AlarmRow,
  { config, now }: Pick<Facts, 'config' | 'now'>,
  note: string | null,
): Plan {
  const { sinks, routes } = route(alert, config.routes, now);
  const to = { ...opened(alert, sinks), ...row.told };
  const next = {
    ...row,
    told: alert.momentary ? {} : to,
    toldAt: now.toISOString(),
    held: null,
    outbox: [...row.outbox, sending(kind, alert, to, note)],
  };
  return { kind: 'tell', reason: `route ${routes.join(' and ')} of the config`, row: next };
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
    overUnseen: false,
    outbox: [],
  };
}
