import type { RowBounds } from '../../shared/postgres/row-bounds.ts';
import type { TableSize } from '../../shared/postgres/table-sizes.ts';
import type { Evidence } from './evidence.ts';
import { fullName } from './table-names.ts';

/** What the rows of a folder were held against. */
export type Basis = 'exact count' | 'bounds' | 'estimate' | 'uncertain counts' | 'no counts';

export interface RowJudgement {
  readonly against: Basis;
  readonly fault?: string;
  readonly note?: string;
}

/** Answers the judge of one folder's rows: `tables` are the `schema.table` names whose rows lie together in it. */
export function rowJudge({
  bounds,
  sizes,
}: Evidence): (rows: number, tables: readonly string[]) => RowJudgement {
  const nameOf = ({ schema, table }: RowBounds | TableSize) => fullName({ schema, name: table });
  if (!bounds) {
    const sizeOf = new Map(sizes.map((size) => [nameOf(size), size]));
    return (rows, tables) =>
      judgeBySizes(
        rows,
        tables.flatMap((table) => sizeOf.get(table) ?? []),
      );
  }
  const boundsOf = new Map(bounds.map((each) => [nameOf(each), each]));
  return (rows, tables) =>
    judgeByBounds(
      BigInt(rows),
      tables.map((table) => boundsOf.get(table)),
    );
}

/** Without counts, all that can be seen is that everything is gone. */
function judgeBySizes(rows: number, sizes: readonly TableSize[]): RowJudgement {
  const against = 'no counts';
  const filled = sizes.filter(({ sizeBytes }) => (sizeBytes ?? 0) > 0);
  if (rows > 0 || filled.length === 0) return { against };
  const estimate = filled.reduce((total, { estimatedRows }) => total + (estimatedRows ?? 0), 0);
  const bytes = filled.reduce((total, { sizeBytes }) => total + (sizeBytes ?? 0), 0);
  if (estimate > 0) {
    return {
      against,
      fault: `no row was exported, and about ${estimate} rows in ${bytes} bytes were in the database when its schema was saved. If they may be newer than the snapshot, start a run under a label: it takes a snapshot whose rows are counted.`,
    };
  }
  return filled.some(({ estimatedRows }) => estimatedRows === null)
    ? { against, note: `no row was exported, and ${bytes} bytes were in the database, never analysed` }
    : { against };
}

function judgeByBounds(rows: bigint, known: readonly (RowBounds | undefined)[]): RowJudgement {
  const all = known.filter((bound) => bound !== undefined);
  const range = rangeOf(all);
  const doubt = all.length < known.length ? uncounted : all.map(doubtOf).find((each) => each !== undefined);
  if (!doubt) {
    const within = isWithin(rows, range);
    const against = range.atLeast === range.atMost ? 'exact count' : 'bounds';
    return within
      ? { against }
      : { against, fault: `${rows} rows were exported, and the snapshot holds ${inWords(range)}.` };
  }
  const floor = all.reduce((total, bound) => total + fewest(bound), 0n);
  if (rows < floor) {
    return {
      against: doubt.against,
      fault: `${rows} rows were exported, and the snapshot must hold ${floor} at least: about ${inWords(range)} were in the database.`,
    };
  }
  const seen =
    all.length > 0 && !isWithin(rows, range)
      ? ` (${rows} rows exported, about ${inWords(range)} in the database)`
      : '';
  return { against: doubt.against, note: `rows not proved: ${doubt.note}${seen}` };
}

interface Doubt {
  readonly against: Basis;
  readonly note: string | undefined;
}

const uncounted: Doubt = {
  against: 'uncertain counts',
  note: 'not counted before and after the snapshot: the table came or went meanwhile',
};

function doubtOf({ basis, note }: RowBounds): Doubt | undefined {
  if (basis === 'counted') return undefined;
  return { against: basis === 'estimated' ? 'estimate' : 'uncertain counts', note };
}

/** Even what proves little proves that so many rows must be there: an estimate is not off by half, nor a count by all. */
function fewest({ basis, atLeast }: RowBounds): bigint {
  const rows = BigInt(atLeast);
  if (basis === 'counted') return rows;
  if (basis === 'estimated') return (rows + 1n) / 2n;
  return rows > 0n ? 1n : 0n;
}

interface Range {
  readonly atLeast: bigint;
  /** Undefined where nobody knows. */
  readonly atMost: bigint | undefined;
}

function rangeOf(bounds: readonly RowBounds[]): Range {
  return {
    atLeast: bounds.reduce((total, { atLeast }) => total + BigInt(atLeast), 0n),
    atMost: bounds.reduce<bigint | undefined>(
      (total, { atMost }) => (total === undefined || atMost === null ? undefined : total + BigInt(atMost)),
      0n,
    ),
  };
}

const isWithin = (rows: bigint, { atLeast, atMost }: Range) =>
  rows >= atLeast && (atMost === undefined || rows <= atMost);

function inWords({ atLeast, atMost }: Range): string {
  if (atMost === undefined) return `${atLeast} or more`;
  return atLeast === atMost ? String(atLeast) : `${atLeast} to ${atMost}`;
}
