import { stillRunning } from './act.ts';
import { type DbMaintenanceJob, reachDatabase } from './job.ts';
import type { MaintenanceOutcome } from './outcome.ts';
import { type Notice, type Phase, phases, type Untouched } from './plan.ts';
import { type ShiftResult, workShift } from './work-shift.ts';

export interface Night {
  readonly outcomes: readonly MaintenanceOutcome[];
  readonly untouched: readonly Untouched[];
  readonly notices: readonly Notice[];
  readonly unnamed: number;
  /** Phases that the time did not suffice for. */
  readonly unfinished: readonly Phase[];
}

const restSeconds = 60;

/** Phase after phase, shift after shift, each an invocation of its own; what is at work in the server is slept for. */
export async function workNight(job: DbMaintenanceJob): Promise<Night> {
  const nightEnds = job.startedAt.getTime() + job.request.settings.nightHours * 3_600_000;
  const ends: { readonly phase: Phase; readonly shifts: readonly ShiftResult[] }[] = [];
  for (const phase of phases) ends.push({ phase, shifts: await workPhase(job, phase, nightEnds) });
  const shifts = ends.flatMap((end) => end.shifts);
  const last = ends.flatMap((end) => end.shifts.at(-1) ?? []);
  const running = last.flatMap(({ pending }) => (pending ? [stillRunning(pending)] : []));
  return {
    outcomes: [...shifts.flatMap(({ outcomes }) => outcomes), ...running],
    untouched: last.flatMap(({ untouched }) => untouched),
    notices: last.flatMap(({ notices }) => notices),
    unnamed: last.reduce((sum, { unnamed }) => sum + unnamed, 0),
    unfinished: ends.flatMap(({ phase, shifts: worked }) => ((worked.at(-1)?.isLeft ?? true) ? [phase] : [])),
  };
}

async function workPhase(job: DbMaintenanceJob, phase: Phase, nightEnds: number): Promise<ShiftResult[]> {
  const shifts: ShiftResult[] = [];
  for (let endedAt = job.startedAt.getTime(); endedAt < nightEnds; ) {
    const last = shifts.at(-1);
    const outcomes = shifts.flatMap((shift) => shift.outcomes);
    const before = {
      phase,
      tried: outcomes.map(({ id }) => id),
      checkedBytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0),
      pending: last?.pending ?? null,
      measured: last?.measured ?? {},
    };
    const shift = await job.step(`${phase}, shift ${shifts.length + 1}`, async () => {
      const until = Math.min(Date.now() + job.request.settings.budgetMinutes * 60_000, nightEnds);
      return workShift(job, await reachDatabase(job), before, until);
    });
    shifts.push(shift);
    if (!shift.isLeft && !shift.pending) break;
    endedAt = shift.endedAt;
    await job.sleep(`after ${phase}, shift ${shifts.length}`, shift.pending ? restSeconds : 1);
  }
  return shifts;
}
