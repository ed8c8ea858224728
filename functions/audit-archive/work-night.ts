import { type AuditArchiveJob, openArchiving } from './job.ts';
import { tellLargest } from './largest-rows.ts';
import type { ArchiveAction, ArchivePlan, TableAction } from './plan.ts';
import { type Rests, restedTooLong, restsAfter } from './rests.ts';
import { type ShiftResult, workShift } from './work-shift.ts';

type Fingerprints = Readonly<Record<string, string>>;

/** What the shifts of a night came to, by policy; it survives as JSON. */
export interface NightResult {
  /** Rows were left when the night was over. */
  readonly unfinished: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
  readonly notTaken: ShiftResult['notTaken'];
}

/** A table that ends so many shifts in trouble is given up for the night. */
const troubledShifts = 5;

/** So long does a table rest that must. */
const restSeconds = 60;

/**
 * One shift after the other, each an invocation of its own, for the wait between two ends the one before. What each
 * did is in the ledger, so that one that is killed and begun anew goes on where the database stands.
 */
export async function workNight(
  job: AuditArchiveJob,
  plan: ArchivePlan,
  fingerprints: Fingerprints,
): Promise<NightResult> {
  const { settings } = job.request;
  const failed: Record<string, string> = {};
  const notTaken: Record<string, Readonly<Record<string, string>>> = {};
  const troubled: Record<string, number> = {};
  let troubles: ShiftResult['troubles'] = {};
  let rests: Rests = {};
  const tooLarge: Record<string, number> = {};
  const shifts = Math.ceil((settings.nightHours * 60) / settings.budgetMinutes);
  let left = plan.actions.filter(isWork);
  // Against which whoever watches the log can hold the batches.
  job.log.info('Archive planned', { tables: left.map(({ target: table, rows }) => ({ table, rows })) });
  for (let number = 1; number <= shifts && left.length > 0; number += 1) {
    const current = left;
    const result = await job.step(`archive, shift ${number}`, () => oneShift(job, current, fingerprints));
    Object.assign(failed, result.failed);
    Object.assign(notTaken, result.notTaken);
    troubles = result.troubles;
    // Each shift meets those of the shifts before once more.
    for (const [policy, rows] of Object.entries(result.tooLarge)) {
      tooLarge[policy] = Math.max(tooLarge[policy] ?? 0, rows);
    }
    for (const [policy, reason] of Object.entries(troubles)) {
      troubled[policy] = (troubled[policy] ?? 0) + 1;
      if (troubled[policy] >= troubledShifts) failed[policy] = reason;
    }
    rests = restsAfter(rests, result);
    Object.assign(failed, restedTooLong(rests, result, settings.limits.pauseMinutes));
    left = left.filter(({ target }) => result.left.includes(target) && failed[target] === undefined);
    const allRest = left.every(({ target }) => result.paused[target] !== undefined);
    if (left.length > 0) await job.sleep(`between shifts, after ${number}`, allRest ? restSeconds : 1);
  }
  // Not merely late: nothing has moved since something went wrong.
  for (const { target } of left) {
    const trouble = troubles[target];
    if (trouble !== undefined) failed[target] = trouble;
  }
  for (const action of plan.actions.filter(isWork)) {
    const { target } = action;
    const rows = tooLarge[target];
    if (rows === undefined) continue;
    failed[target] = [failed[target] ?? [], tellLargest(action, rows)].flat().join('\n\n');
  }
  return { unfinished: left.map(({ target }) => target), failed, notTaken };
}

const isWork = (action: TableAction): action is ArchiveAction =>
  action.kind === 'archive rows' || action.kind === 'archive partitions';

async function oneShift(
  job: AuditArchiveJob,
  actions: readonly ArchiveAction[],
  fingerprints: Fingerprints,
): Promise<ShiftResult> {
  const until = Date.now() + job.request.settings.budgetMinutes * 60_000;
  const { context, connect } = await openArchiving(job);
  return workShift({ ...context, fingerprints }, connect, actions, until);
}
