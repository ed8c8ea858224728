import { stillRunning } from './act.ts';
import { type DbMaintenanceJob, reachDatabase } from './job.ts';
import type { MaintenanceOutcome } from './outcome.ts';
import { type Notice, type Phase, phases, type Untouched } from './plan.ts';
import { type ShiftResult, workShift } from './work-shift.ts';

export interface Night {
  readonly outcomes: readonly MaintenanceOutcome[];
  /** Those that are refused first. */
  readonly untouched: readonly Untouched[];
  /** How many were refused, also of those that are not named. */
  readonly refused: number;
  readonly notices: readonly Notice[];
  readonly unnamed: number;
  /** Phases that the time did not suffice for. */
  readonly unfinished: readonly Phase[];
  /** Phases that something else ended, such as a server that was not to be had. */
  readonly broken: readonly BrokenPhase[];
  /** Of the last success of a whole run, where it was asked for. */
  readonly ageDays?: number;
}

export interface BrokenPhase {
  readonly phase: Phase;
  readonly reason: string;
}

const restSeconds = 60;
const retrySeconds = 20;
/** Shifts in a row that brought nothing, since the server was not to be had. */
const mostBroken = 5;
/** What was postponed for a lock, or for somebody else's work on it, is tried so often in one run. */
const mostTries = 3;

type NightJob = Pick<DbMaintenanceJob, 'request' | 'startedAt' | 'step' | 'sleep'>;

/** One shift of work; what it answers survives as JSON. */
export type Work = (before: Parameters<typeof workShift>[2], until: number) => Promise<ShiftResult>;

/** Phase after phase, shift after shift, each an invocation of its own; what is at work in the server is slept for. */
export async function workNight(job: DbMaintenanceJob, only: readonly Phase[] = phases): Promise<Night> {
  return workPhases(job, only, async (before, until) =>
    workShift(job, await reachDatabase(job), before, until),
  );
}

/** The same by whatever works a shift. What is thrown in one phase ends that phase alone. */
export async function workPhases(job: NightJob, only: readonly Phase[], work: Work): Promise<Night> {
  const ends: PhaseEnd[] = [];
  for (const phase of only) ends.push(await workPhase(job, phase, work));
  const shifts = ends.flatMap((end) => end.shifts);
  const last = ends.flatMap((end) => end.shifts.at(-1) ?? []);
  const running = last.flatMap(({ pending }) => (pending ? [stillRunning(pending)] : []));
  return {
    outcomes: [...lastOfEach(shifts.flatMap(({ outcomes }) => outcomes)), ...running],
    untouched: last.flatMap(({ untouched }) => untouched),
    refused: last.reduce((sum, { refused }) => sum + refused, 0),
    notices: last.flatMap(({ notices }) => notices),
    unnamed: last.reduce((sum, { unnamed }) => sum + unnamed, 0),
    unfinished: ends.flatMap(({ phase, shifts: worked, broken }) =>
      broken === null && (worked.at(-1)?.isLeft ?? true) ? [phase] : [],
    ),
    broken: ends.flatMap(({ phase, broken }) => (broken === null ? [] : [{ phase, reason: broken }])),
  };
}

interface PhaseEnd {
  readonly phase: Phase;
  readonly shifts: readonly ShiftResult[];
  readonly broken: string | null;
}

async function workPhase(job: NightJob, phase: Phase, work: Work): Promise<PhaseEnd> {
  const { settings } = job.request;
  const nightEnds = job.startedAt.getTime() + settings.nightHours * 3_600_000;
  const shifts: ShiftResult[] = [];
  for (let endedAt = job.startedAt.getTime(); endedAt < nightEnds; ) {
    const before = beforeNext(phase, shifts);
    const shift = await attempt(() =>
      job.step(`${phase}, shift ${shifts.length + 1}`, () =>
        work(before, Math.min(Date.now() + settings.budgetMinutes * 60_000, nightEnds)),
      ),
    );
    if (typeof shift === 'string') return { phase, shifts, broken: shift };
    shifts.push(shift);
    if (shift.broken && isOver(shifts)) break;
    const rest = restAfter(shifts, phase);
    if (rest === undefined) break;
    endedAt = shift.endedAt;
    await job.sleep(`after ${phase}, shift ${shifts.length}`, rest);
  }
  return { phase, shifts, broken: shifts.at(-1)?.broken?.reason ?? null };
}

/** What was thrown, in words: the other phases go on, and what was found so far is told. */
async function attempt(work: () => Promise<ShiftResult>): Promise<ShiftResult | string> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function beforeNext(phase: Phase, shifts: readonly ShiftResult[]) {
  const last = shifts.at(-1);
  const outcomes = shifts.flatMap((shift) => shift.outcomes);
  const again = idsToTryAgain(phase, outcomes);
  return {
    phase,
    tried: outcomes.map(({ id }) => id).filter((id) => !again.has(id)),
    checkedBytes: outcomes.reduce((sum, { bytes }) => sum + bytes, 0),
    pending: last?.pending ?? null,
    measured: last?.measured ?? {},
  };
}

/** VACUUM and ANALYZE wait for no lock; an index that is built anew has waited long enough. */
function idsToTryAgain(phase: Phase, outcomes: readonly MaintenanceOutcome[]): Set<string> {
  if (phase !== 'vacuum') return new Set();
  const tries = (id: string) => outcomes.filter((other) => other.id === id).length;
  const held = lastOfEach(outcomes).filter(({ status }) => status === 'postponed');
  return new Set(held.map(({ id }) => id).filter((id) => tries(id) < mostTries));
}

/** Whether what broke the last shift does not pass, or has not passed for a while. */
function isOver(shifts: readonly ShiftResult[]): boolean {
  const fruitless = shifts
    .slice(-mostBroken)
    .filter(({ broken, outcomes }) => broken && outcomes.length === 0);
  return shifts.at(-1)?.broken?.isPassing === false || fruitless.length === mostBroken;
}

/** Seconds until the next shift; undefined where nothing is left. */
function restAfter(shifts: readonly ShiftResult[], phase: Phase): number | undefined {
  const last = shifts.at(-1);
  if (!last) return 1;
  if (last.broken || last.pending) return restSeconds;
  if (last.isLeft) return 1;
  // Also what is not in need of it any more, and so is not tried, ends the rounds.
  const rounds = shifts.filter(({ isLeft, pending, broken }) => !isLeft && !pending && !broken).length;
  const outcomes = shifts.flatMap((shift) => shift.outcomes);
  return rounds < mostTries && idsToTryAgain(phase, outcomes).size > 0 ? retrySeconds : undefined;
}

/** What was tried again counts as it ended. */
function lastOfEach(outcomes: readonly MaintenanceOutcome[]): MaintenanceOutcome[] {
  const keyOf = ({ kind, id }: MaintenanceOutcome) => `${kind} ${id}`;
  const last = new Map(outcomes.map((outcome) => [keyOf(outcome), outcome]));
  return [...last.values()];
}
