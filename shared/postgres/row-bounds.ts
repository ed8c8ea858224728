import type { CountedTable, Moment, ResetMarks, SettledCounters, TableCounters } from './moment.ts';

/** What a table held at some moment between two counts: at least and at most so many rows, both included. */
export interface RowBounds {
  readonly schema: string;
  readonly table: string;
  readonly atLeast: string;
  readonly atMost: string;
  /** `counted`: rows outside these bounds are wrong. The others say why nothing can be proved. */
  readonly basis: 'counted' | 'estimated' | 'uncertain';
  readonly note?: string;
}

/**
 * How many rows each table may hold in a snapshot taken between two moments: what deletes could have taken from
 * the first count, what inserts could have added, and the same backwards from the second. Equal where nothing was
 * written. Tables that came, went or were rewritten in between are `uncertain`.
 */
export function rowBounds(before: Moment, after: Moment, settled: SettledCounters): RowBounds[] {
  const doubt = sharedDoubt(before, after, settled);
  const later = new Map(after.tables.map((table) => [table.oid, table]));
  return before.tables.flatMap((first) => {
    const second = later.get(first.oid);
    if (!second) return [];
    return [boundsOf(first, second, settled, doubt)];
  });
}

function boundsOf(
  first: CountedTable,
  second: CountedTable,
  settled: SettledCounters,
  doubt?: string,
): RowBounds {
  const name = { schema: second.schema, table: second.table };
  if (!first.exact || !second.exact) {
    const estimate = { atLeast: least(first.rows, second.rows), atMost: most(first.rows, second.rows) };
    return { ...name, ...estimate, basis: 'estimated', note: 'over the size up to which rows are counted' };
  }
  const last = settled.counters[first.oid];
  const { atLeast, atMost } = reach(first, second, last ?? second.counters);
  const gone = last ? undefined : 'the table was dropped before its counters had settled';
  const note = doubt ?? gone ?? ownDoubt(first, second, atLeast > atMost);
  const range = { atLeast: String(atLeast < 0n ? 0n : atLeast), atMost: String(atMost) };
  return note ? { ...name, ...range, basis: 'uncertain', note } : { ...name, ...range, basis: 'counted' };
}

function reach(first: CountedTable, second: CountedTable, last: TableCounters) {
  const inserted = BigInt(last.inserted) - BigInt(first.counters.inserted);
  const deleted = BigInt(last.deleted) - BigInt(first.counters.deleted);
  const [from, to] = [BigInt(first.rows), BigInt(second.rows)];
  return { atLeast: greater(from - deleted, to - inserted), atMost: lesser(from + inserted, to + deleted) };
}

function ownDoubt(first: CountedTable, second: CountedTable, contradiction: boolean): string | undefined {
  if (first.fileNode !== second.fileNode) return 'the table was truncated or rewritten meanwhile';
  if (contradiction) return 'the counters do not explain the two counts';
  return undefined;
}

function sharedDoubt(before: Moment, after: Moment, settled: SettledCounters): string | undefined {
  if (!sameMarks(before.marks, after.marks) || !sameMarks(before.marks, settled.marks)) {
    return 'the server restarted or its statistics were reset meanwhile';
  }
  const sessions = settled.sessionsHoldingBack;
  if (sessions > 0) return `${sessions} session${sessions === 1 ? '' : 's'} had not reported what they wrote`;
  return undefined;
}

function sameMarks(one: ResetMarks, other: ResetMarks): boolean {
  return (
    one.startedAt === other.startedAt &&
    one.statsReset === other.statsReset &&
    one.walStatsReset === other.walStatsReset
  );
}

const greater = (a: bigint, b: bigint) => (a > b ? a : b);
const lesser = (a: bigint, b: bigint) => (a < b ? a : b);
const least = (a: string, b: string) => String(lesser(BigInt(a), BigInt(b)));
const most = (a: string, b: string) => String(greater(BigInt(a), BigInt(b)));
