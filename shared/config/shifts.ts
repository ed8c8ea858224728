/** The part of a job's settings that says how long it works. */
interface Working {
  readonly nightHours: number;
  readonly budgetMinutes: number;
}

/** How many shifts, an invocation each, a night has at most. */
export function shiftsOf({ nightHours, budgetMinutes }: Working): number {
  return Math.ceil((nightHours * 60) / budgetMinutes);
}

/** Lambda ends a durable execution at 3,000 operations; a shift is two of them, with the rest after it. */
export const mostShifts = 1_000;
