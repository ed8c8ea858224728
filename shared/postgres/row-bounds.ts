import {
  type CountedTable,
  losesNoReport,
  type Moment,
  type ResetMarks,
  type SettledCounters,
  type TableCounters,
} from './moment.ts';

/** What a table held at some moment between two counts: at least and at most so many rows, both included. */
export interface RowBounds {
  readonly schema: string;
  readonly table: string;
  readonly atLeast: string;
  /** Null where nobody knows: not counted, and never analysed. */
  readonly atMost: string | null;
  /**
   * `counted`: rows outside these bounds are wrong. Of the others the bounds are the smaller and the larger of what
   * was seen (0 where a table may not have been there), and `note` says why they prove nothing.
   */
  readonly basis: 'counted' | 'estimated' | 'uncertain';
  readonly note?: string;
}

/** Notes of tables that may well be absent, or empty, in a snapshot that is whole. */
export const renamedNote = 'a table of this name was renamed meanwhile';
export const rewrittenNote = 'the table was truncated or rewritten meanwhile';

/**
 * How many rows each table may hold in a snapshot taken between two moments: what deletes could have taken from
 * the first count, what inserts could have added, and the same backwards from the second. Equal where nothing was
 * written. Tables that were rewritten or renamed in between are `uncertain`; those that came or went have no bounds.
 */
export function rowBounds(before: Moment, after: Moment, settled: SettledCounters): RowBounds[] {
  const doubt = sharedDoubt(before, after, settled);
  const later = new Map(after.tables.map((table) => [table.oid, table]));
  const both = before.tables.flatMap((first) => {
    const second = later.get(first.oid);
    return second ? [{ first, second }] : [];
  });
  return [
    ...both.filter(keptItsName).map(({ first, second }) => boundsOf(first, second, settled, doubt)),
    ...boundsOfRenamed(
      both.filter((seen) => !keptItsName(seen)),
      before,
      after,
    ),
  ];
}

interface SeenTwice {
  readonly first: CountedTable;
  readonly second: CountedTable;
}

const keptItsName = ({ first, second }: SeenTwice) => nameKey(first) === nameKey(second);
const nameKey = ({ schema, table }: CountedTable) => JSON.stringify([schema, table]);

/** The snapshot may know a renamed table by either name, and either name may have meant another table by then. */
function boundsOfRenamed(renamed: readonly SeenTwice[], before: Moment, after: Moment): RowBounds[] {
  const seen = Map.groupBy([...before.tables, ...after.tables], ({ oid }) => oid);
  const meant = Map.groupBy([...before.tables, ...after.tables], nameKey);
  const names = new Map(
    renamed.flatMap(({ first, second }) => [first, second]).map((table) => [nameKey(table), table]),
  );
  return [...names].map(([key, { schema, table }]) => {
    const counts = (meant.get(key) ?? []).flatMap(({ oid }) => {
      const counted = (seen.get(oid) ?? []).map(({ rows }) => rows);
      return counted.length === 2 ? counted : [...counted, '0'];
    });
    return { schema, table, ...range(counts), basis: 'uncertain', note: renamedNote };
  });
}

function boundsOf(
  first: CountedTable,
  second: CountedTable,
  settled: SettledCounters,
  doubt?: string,
): RowBounds {
  const name = { schema: second.schema, table: second.table };
  const seen = range([first.rows, second.rows]);
  if (!first.exact || !second.exact) {
    const why = first.uncounted ?? second.uncounted ?? 'over the size up to which rows are counted';
    const note = seen.atMost === null ? `${why}, and without an estimate: never analysed` : why;
    return { ...name, ...seen, basis: 'estimated', note };
  }
  const last = settled.counters[first.oid];
  const { atLeast, atMost } = reach(first, second, last ?? second.counters);
  const gone = last ? undefined : 'the table was dropped before its counters had settled';
  const note = doubt ?? gone ?? ownDoubt(first, second, atLeast > atMost);
  if (note) return { ...name, ...seen, basis: 'uncertain', note };
  return { ...name, atLeast: String(greater(atLeast, 0n)), atMost: String(atMost), basis: 'counted' };
}

function reach(first: CountedTable, second: CountedTable, last: TableCounters) {
  const inserted = BigInt(last.inserted) - BigInt(first.counters.inserted);
  const deleted = BigInt(last.deleted) - BigInt(first.counters.deleted);
  // Only an estimate may be missing, and both of these were counted.
  const [from, to] = [BigInt(first.rows ?? 0), BigInt(second.rows ?? 0)];
  return { atLeast: greater(from - deleted, to - inserted), atMost: lesser(from + inserted, to + deleted) };
}

function ownDoubt(first: CountedTable, second: CountedTable, contradiction: boolean): string | undefined {
  if (first.fileNode !== second.fileNode) return rewrittenNote;
  if (contradiction) return 'the counters do not explain the two counts';
  return undefined;
}

function sharedDoubt(before: Moment, after: Moment, settled: SettledCounters): string | undefined {
  if (!sameMarks(before.marks, after.marks) || !sameMarks(before.marks, settled.marks)) {
    return 'the server restarted or its statistics were reset meanwhile';
  }
  if (!losesNoReport(before.marks)) {
    return 'before version 15, Postgres may lose what sessions report of their writes';
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

/** The smaller and the larger of what was seen; where one of them is not known, nothing is. */
function range(counts: readonly (string | null)[]): Pick<RowBounds, 'atLeast' | 'atMost'> {
  const known = counts.filter((count) => count !== null).map(BigInt);
  if (known.length < counts.length) return { atLeast: '0', atMost: null };
  return { atLeast: String(known.reduce(lesser)), atMost: String(known.reduce(greater)) };
}
