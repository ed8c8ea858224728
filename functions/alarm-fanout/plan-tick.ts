import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { type AlarmRow, isOn, sending, wasTold } from './alarm-row.ts';
import { isQuiet } from './flapping.ts';
import { type HoldFacts, reasonToHold } from './hold.ts';
import { unheardNote } from './moments.ts';
import { type Plan, tell } from './plan.ts';

/** What has come due of an alarm though nothing about it changed; undefined where nothing has. */
export function planTick(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (row.flappingSince !== null) return planFlapped(row, facts);
  if (isHeld(row)) return planHeld(row, facts);
  if (!isOn(row)) return undefined;
  return isKnownToAny(row, facts.config) ? planReminder(row, facts) : planUntold(row, facts);
}

function isHeld({ held, alert }: AlarmRow): boolean {
  return held !== null && alert.state === 'ALARM';
}

/** It flapped, and has kept one state for long enough: whichever it is, people are told. */
function planFlapped(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (!isQuiet(row.alert.at, facts.config.flapping, facts.now)) return undefined;
  const calm = { ...row, flappingSince: null };
  if (isOn(row) || isHeld(row)) return holdOrTell(calm, facts, 'It has stopped flapping, and is still on.');
  const outbox = wasTold(row)
    ? [...row.outbox, sending('recovery', row.alert, row.told, 'It has stopped flapping.')]
    : row.outbox;
  return { kind: 'tell', reason: 'it has stopped flapping', row: { ...calm, told: {}, outbox } };
}

function planHeld(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (reasonToHold(row.alert, facts) === row.held) return undefined;
  return holdOrTell(row, facts, unheardNote(row.held ?? '', row));
}

/** No sink that was told of it is in the config any more, or no route had led anywhere. */
function planUntold(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  return holdOrTell(row, facts, `It is on since ${row.onSince}, and nobody who is in the config was told.`);
}

function isKnownToAny({ told }: AlarmRow, { sinks }: AlarmsConfig): boolean {
  return Object.keys(told).some((sink) => Object.hasOwn(sinks, sink));
}

function holdOrTell(row: AlarmRow, facts: HoldFacts, note: string): Plan {
  const held = reasonToHold(row.alert, facts);
  if (held !== null) return { kind: 'hold', reason: held, row: { ...row, held } };
  return tell('alarm', row.alert, row, facts, note);
}

function planReminder(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (!isDue(row, facts.config, facts.now) || reasonToHold(row.alert, facts) !== null) return undefined;
  const toldAt = facts.now.toISOString();
  const reminder = {
    ...sending('reminder', row.alert, row.told),
    id: `reminder ${row.alert.key} ${toldAt}`,
  };
  // One that could not be sent says no more than this.
  const owed = row.outbox.filter(({ kind }) => kind !== 'reminder');
  return { kind: 'tell', reason: 'it is still on', row: { ...row, toldAt, outbox: [...owed, reminder] } };
}

function isDue({ alert, toldAt }: AlarmRow, { remindEveryMinutes }: AlarmsConfig, now: Date): boolean {
  const minutes = remindEveryMinutes[alert.severity];
  return minutes > 0 && toldAt !== null && now.getTime() - Date.parse(toldAt) >= minutes * 60_000;
}
