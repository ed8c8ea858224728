import type { Alert } from '../../shared/alarm/alert.ts';
import { applyChange } from './apply.ts';
import type { Batch } from './batch.ts';
import { isInhibitor } from './hold.ts';
import { noteInhibitor } from './inhibitors.ts';

/** Takes a change in, however it became known: first as one that may explain others, then for itself. */
export async function applyObserved(batch: Batch, alert: Alert): Promise<void> {
  const { hands, fanout, log } = batch;
  if (isInhibitor(alert, hands.alarms)) await noteInhibitor(hands.table, alert, fanout.now());
  const { kind, reason } = await applyChange(fanout, alert, await batch.facts());
  batch.measure({ name: 'AlarmsTaken', unit: 'Count', value: 1 });
  const { name, state, at, severity } = alert;
  log.info('Alarm', { alarm: name, state, at, severity, plan: kind, reason });
}
