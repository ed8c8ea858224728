/** What a run leaves to the next one in its record, so that only the newest record must be read. */
export interface Past {
  readonly slot: string;
  readonly endedAt: string;
  /** `kind` of the verdict. */
  readonly kind: string;
  /** `fail snapshot age`, …: what did not pass, sorted. */
  readonly notPassed: readonly string[];
  readonly earliestRestorable: string | null;
  readonly history: readonly NightSizes[];
  readonly lags: readonly Lag[];
  /** Snapshots that were found shared with strangers: they are asked first the next time. */
  readonly sharedSnapshots: readonly string[];
  /** Since when drills are wanted and none has succeeded; null where one has, or none is wanted. */
  readonly undrilledSince: string | null;
  /** When the instance was seen stopped, the oldest first. */
  readonly restingAt: readonly string[];
}

/** How large the backups of one night were; null where it is not known. */
export interface NightSizes {
  /** UTC date. */
  readonly night: string;
  readonly snapshotBytes: number | null;
  readonly exportBytes: number | null;
}

/** How far the latest restorable time lay behind at a moment. */
export interface Lag {
  readonly at: string;
  readonly seconds: number;
}

export const keptNights = 14;
/** From one morning's run to the next, and what a run may be late. */
const keptLagHours = 26;

/** The last 14 nights before tonight, the oldest first. */
export function nightsBefore(past: Past | null, night: string): NightSizes[] {
  return (past?.history ?? []).filter((one) => one.night < night).slice(-keptNights);
}

/** The same with tonight, which takes the place of what an earlier run of today noted. */
export function withTonight(past: Past | null, tonight: NightSizes): NightSizes[] {
  return [...nightsBefore(past, tonight.night), tonight].slice(-keptNights);
}

export function lagsSinceYesterday(past: Past | null, now: Date): Lag[] {
  const since = now.getTime() - keptLagHours * 3_600_000;
  return (past?.lags ?? []).filter(({ at }) => Date.parse(at) >= since);
}

/** The longest retention of RDS, and a day. */
const keptRestDays = 36;
/** Whoever looks every minute must not fill the record with it. */
const apartHours = 6;

/** The same, and this moment where the instance rests; what no retention reaches any more is left out. */
export function withRest(restingAt: readonly string[], now: string, rests: boolean): string[] {
  const since = Date.parse(now) - keptRestDays * 86_400_000;
  const kept = restingAt.filter((at) => Date.parse(at) >= since);
  const last = kept.at(-1);
  const isNoted = last !== undefined && Date.parse(now) - Date.parse(last) < apartHours * 3_600_000;
  return rests && !isNoted ? [...kept, now] : kept;
}
