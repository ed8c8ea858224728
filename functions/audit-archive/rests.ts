import type { ShiftResult } from './work-shift.ts';

/** Since when a table has rested without a batch in between, in milliseconds since 1970, by policy. */
export type Rests = Readonly<Record<string, number>>;

type Shift = Pick<ShiftResult, 'paused' | 'worked' | 'endedAt'>;

/** A table that moved a batch in this shift, or was not held up in it, begins to rest anew. */
export function restsAfter(rests: Rests, { paused, worked, endedAt }: Shift): Rests {
  const resting = Object.keys(paused);
  return Object.fromEntries(
    resting.map((policy) => [policy, worked.includes(policy) ? endedAt : (rests[policy] ?? endedAt)]),
  );
}

/** Why a table is given up for the night, by policy: it has rested for longer than the config allows in one pause. */
export function restedTooLong(
  rests: Rests,
  { paused, endedAt }: Shift,
  pauseMinutes: number,
): Record<string, string> {
  const tooLong = Object.entries(paused).filter(
    ([policy]) => endedAt - (rests[policy] ?? endedAt) >= pauseMinutes * 60_000,
  );
  return Object.fromEntries(
    tooLong.map(([policy, reason]) => [
      policy,
      `${policy} rested for ${pauseMinutes} min without a break, because ${reason}. The next night goes on.`,
    ]),
  );
}
