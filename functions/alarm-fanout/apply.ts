import type { Alert } from '../../shared/alarm/alert.ts';
import { Failures } from '../../shared/job/failures.ts';
import { readRow, readRows, writeRow } from './alarm-table.ts';
import type { Fanout } from './fanout.ts';
import type { HoldFacts } from './hold.ts';
import { type Plan, plan } from './plan.ts';
import { planTick } from './plan-tick.ts';
import { sendAll } from './send.ts';
import { withWays } from './ways.ts';

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
    const next = await withWays(fanout, planned.row);
    if (!(await writeRow(fanout.table, next, version, now))) continue;
    await sendAll(fanout, { row: next, version: version + 1 });
    return planned;
  }
}

/** Of many that come due at once, so many at a time: a tick has a minute. */
const sideBySide = 16;

/** Does what has come due though nothing changed, and sends what was left unsent: what fails does not stop the rest. */
export async function applyTick(fanout: Fanout, facts: BatchFacts): Promise<void> {
  const failures = new Failures();
  const underWay = new Set<Promise<unknown>>();
  for await (const row of readRows(fanout.table)) {
    const isDue = row.outbox.length > 0 || planTick(row, { ...facts, now: fanout.now() }) !== undefined;
    if (!isDue) continue;
    const work = failures.collect(() => applyDue(fanout, row.alert.key, facts));
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
    if (underWay.size >= sideBySide) await Promise.race(underWay);
  }
  await Promise.all(underWay);
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
    const next = await withWays(fanout, planned.row);
    if (!(await writeRow(fanout.table, next, version, now))) continue;
    return sendAll(fanout, { row: next, version: version + 1 });
  }
}
