import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { type AlarmRow, isOn, sending, wasTold } from './alarm-row.ts';
import { isQuiet } from './flapping.ts';
import { type HoldFacts, reasonToHold } from './hold.ts';
import { type Plan, tell } from './plan.ts';

/** What has come due of an alarm though nothing about it changed; undefined where nothing has. */
export function planTick(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (row.flappingSince !== null) return planFlapped(row, facts);
  if (row.held !== null && row.alert.state === 'ALARM') return planHeld(row, facts);
  return isOn(row) && wasTold(row) ? planReminder(row, facts) : undefined;
}

/** It flapped, and has kept one state for long enough: whichever it is, people are told. */
function planFlapped(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (!isQuiet(row.alert.at, facts.config.flapping, facts.now)) return undefined;
  const calm = { ...row, flappingSince: null };
  if (isOn(row)) return tell('alarm', row.alert, calm, facts, 'It has stopped flapping, and is still on.');
  const outbox = wasTold(row)
    ? [...row.outbox, sending('recovery', row.alert, row.told, 'It has stopped flapping.')]
    : row.outbox;
  return { kind: 'tell', reason: 'it has stopped flapping', row: { ...calm, told: {}, outbox } };
}

function planHeld(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  const held = reasonToHold(row.alert, facts);
  if (held === row.held) return undefined;
  if (held !== null) return { kind: 'hold', reason: held, row: { ...row, held } };
  return tell('alarm', row.alert, row, facts, `Nobody was told before: ${row.held}.`);
}

function planReminder(row: AlarmRow, facts: HoldFacts): Plan | undefined {
  if (!isDue(row, facts.config, facts.now) || reasonToHold(row.alert, facts) !== null) return undefined;
  const toldAt = facts.now.toISOString();
  const reminder = {
    ...sending('reminder', row.alert, row.told),
    id: `reminder ${row.alert.key} ${toldAt}`,
  };
  return {
    kind: 'tell',
    reason: 'it is still on',
    row: { ...row, toldAt, outbox: [...row.outbox, reminder] },
  };
}

function isDue({ alert, toldAt }: AlarmRow, { remindEveryMinutes }: AlarmsConfig, now: Date): boolean {
  const minutes = remindEveryMinutes[alert.severity];
  return minutes > 0 && toldAt !== null && now.getTime() - Date.parse(toldAt) >= minutes * 60_000;
}
