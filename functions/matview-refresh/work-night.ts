import { pack, unpack } from '../../shared/job/checkpoint.ts';
import { type MatviewRefreshJob, reachDatabase } from './job.ts';
import { firstShift, type ShiftResult, workShift } from './shift.ts';

const firstRestSeconds = 4;
const longestRestSeconds = 300;

/**
 * One shift after the other, each an invocation of its own. Where all that is left goes on in the server, the execution
 * sleeps between two looks, longer and longer.
 */
export async function workNight(job: MatviewRefreshJob): Promise<ShiftResult> {
  const { settings } = job.request;
  const nightEnds = job.startedAt.getTime() + settings.nightHours * 3_600_000;
  let result = firstShift;
  let rest = firstRestSeconds;
  for (let number = 1; ; number += 1) {
    const before = result;
    result = unpack(
      await job.step(`refresh, shift ${number}`, async () => pack(await oneShift(job, before))),
    );
    const left = Object.keys(result.left);
    if (left.length === 0 || result.endedAt >= nightEnds) return result;
    const onlyWaits = result.running.length > 0 && result.refreshed.length === before.refreshed.length;
    rest = onlyWaits ? Math.min(longestRestSeconds, Math.ceil(rest * 1.5)) : firstRestSeconds;
    await job.sleep(`between shifts, after ${number}`, result.running.length > 0 ? rest : 1);
  }
}

async function oneShift(job: MatviewRefreshJob, before: ShiftResult): Promise<ShiftResult> {
  const until = Date.now() + job.request.settings.budgetMinutes * 60_000;
  return workShift(job, await reachDatabase(job), before, until);
}
