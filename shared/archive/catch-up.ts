/** How far behind a table was when a run ended. */
export interface BacklogPoint {
  /** ISO 8601. */
  readonly at: string;
  readonly daysBehind: number;
}

export type CatchUp =
  | { readonly kind: 'caught up' }
  /** At the pace of the runs that are known; ISO 8601. */
  | { readonly kind: 'will have caught up'; readonly at: string; readonly daysPerDay: number }
  /** The backlog grows, or stays. */
  | { readonly kind: 'falls behind'; readonly daysPerDay: number }
  /** Two runs have to show a pace. */
  | { readonly kind: 'unknown' };

const dayMs = 86_400_000;

/** When nothing that is old enough will be left, from the backlog at the ends of runs, the oldest first. */
export function catchUp(points: readonly BacklogPoint[]): CatchUp {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return { kind: 'unknown' };
  if (last.daysBehind <= 0) return { kind: 'caught up' };
  const days = (Date.parse(last.at) - Date.parse(first.at)) / dayMs;
  if (days <= 0) return { kind: 'unknown' };
  const daysPerDay = (first.daysBehind - last.daysBehind) / days;
  if (daysPerDay <= 0) return { kind: 'falls behind', daysPerDay };
  const at = Date.parse(last.at) + (last.daysBehind / daysPerDay) * dayMs;
  // Further than a Date reaches is never.
  if (at > 8.64e15) return { kind: 'falls behind', daysPerDay };
  return { kind: 'will have caught up', at: new Date(at).toISOString(), daysPerDay };
}
