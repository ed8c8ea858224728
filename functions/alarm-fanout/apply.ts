import type { Alert } from '../../shared/alarm/alert.ts';
import { Failures } from '../../shared/job/failures.ts';
import { readRow, readRows, type Versioned, writeRow } from './alarm-table.ts';
import type { Fanout } from './fanout.ts';
import type { HoldFacts } from './hold.ts';
import { type Plan, plan } from './plan.ts';
import { planTick } from './plan-tick.ts';
import { send } from './send.ts';

/** What a batch knows besides the alarms' own rows. */
export interface BatchFacts extends Omit<HoldFacts, 'now'> {
  changesOf(alarm: string): readonly string[];
}

/**
 * Takes one change of state in: what it comes to is written down before anything is sent, so that whoever is given the
 * same change again goes on where this was cut off.
 */
export async function applyChange(fanout: Fanout, alert: Alert, facts: BatchFacts): Promise<Plan> {
  for (;;) {
    const now = fanout.now();
    const { row, version } = await readRow(fanout.table, alert.key);
    const planned = plan(alert, row, { ...facts, changes: facts.changesOf(alert.name), now });
    if (planned.kind === 'drop') {
      await sendAll(fanout, { row, version });
      return planned;
    }
    if (!(await writeRow(fanout.table, planned.row, version, now))) continue;
    await sendAll(fanout, { row: planned.row, version: version + 1 });
    return planned;
  }
}

/** Does what has come due though nothing changed, and sends what was left unsent: what fails does not stop the rest. */
export async function applyTick(fanout: Fanout, facts: BatchFacts): Promise<void> {
  const failures = new Failures();
  for await (const { alert } of readRows(fanout.table)) {
    await failures.collect(() => applyDue(fanout, alert.key, facts));
  }
  failures.throwIfAny();
}

async function applyDue(fanout: Fanout, key: string, facts: BatchFacts): Promise<void> {
  for (;;) {
    const now = fanout.now();
    const { row, version } = await readRow(fanout.table, key);
    if (!row) return;
    const planned = planTick(row, { ...facts, now });
    if (!planned || planned.kind === 'drop') {
      return sendAll(fanout, { row, version });
    }
    if (!(await writeRow(fanout.table, planned.row, version, now))) continue;
    return sendAll(fanout, { row: planned.row, version: version + 1 });
  }
}

/** In their order: an alarm before its recovery. */
async function sendAll(fanout: Fanout, found: Versioned): Promise<void> {
  let known = found;
  for (const sending of found.row?.outbox ?? []) known = await send(fanout, sending, known);
}
