export interface Choice {
  readonly all: readonly string[];
  /** These are asked first, on any day, as far as they leave half of the places to the others. */
  readonly first: readonly string[];
  readonly most: number;
  /** Of the calendar: each takes up where the one before ended. */
  readonly day: number;
}

/** Which snapshots are asked today who may restore them: each is asked in its turn, where there are too many for one day. */
export function chooseSnapshots({ all, first, most, day }: Choice): string[] {
  const known = new Set(all);
  const again = first.filter((identifier) => known.has(identifier)).slice(0, Math.ceil(most / 2));
  const others = all.filter((identifier) => !again.includes(identifier)).toSorted();
  const room = most - again.length;
  if (others.length <= room) return [...again, ...others];
  const begin = (day * room) % others.length;
  return [...again, ...[...others, ...others].slice(begin, begin + room)];
}
