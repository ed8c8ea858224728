import { ColumnNeedsText } from './archive-errors.ts';
import {
  type ColumnBuilder,
  type ColumnPlace,
  GROUP_ROWS,
  type GroupColumn,
  NullMarks,
  type PhysicalBounds,
  widen,
  wrongLength,
} from './column-builder.ts';
import { type CopyRows, WINDOW_ROWS } from './copy-rows.ts';

/** Puts the value of `length` bytes at an offset as low and high word into `words[2 * row]`; false where it does not fit. */
export type DecodeInt64 = (view: DataView, at: number, words: Int32Array, row: number) => boolean;

const byBigInt = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** Everything of 64 bits: `bigint`, `oid`, times, and decimals of up to 18 digits; no BigInt until the writer wants it. */
export class Int64Column implements ColumnBuilder {
  readonly #place: ColumnPlace;
  /** Undefined where the length varies, as that of `numeric` does. */
  readonly #widthBytes: number | undefined;
  readonly #decode: DecodeInt64;
  readonly #unfit: string;
  readonly #values = new BigInt64Array(GROUP_ROWS);
  readonly #words = new Int32Array(this.#values.buffer);
  readonly #nulls: NullMarks;
  #rows = 0;
  #range: { smallest: bigint; largest: bigint } | undefined;

  constructor(
    place: ColumnPlace,
    { widthBytes, decode, unfit }: { widthBytes?: number; decode: DecodeInt64; unfit: string },
  ) {
    this.#place = place;
    this.#widthBytes = widthBytes;
    this.#decode = decode;
    this.#unfit = unfit;
    this.#nulls = new NullMarks(place.column);
  }

  append({ view, starts, lengths }: CopyRows, count: number): void {
    const { index, hash, column } = this.#place;
    const words = this.#words;
    const decode = this.#decode;
    const width = this.#widthBytes;
    for (let slot = index * WINDOW_ROWS, end = slot + count, row = this.#rows; slot < end; slot++, row++) {
      const length = lengths[slot] ?? 0;
      if (length === -1) {
        this.#nulls.mark(row);
        hash.addNull(row, index + 1);
        continue;
      }
      if (width !== undefined && length !== width) throw wrongLength(column, length);
      if (!decode(view, starts[slot] ?? 0, words, row))
        throw ColumnNeedsText.because(column.name, this.#unfit);
      hash.addInt64(row, index + 1, words[2 * row] ?? 0, words[2 * row + 1] ?? 0);
    }
    this.#rows += count;
  }

  takeGroup(): GroupColumn {
    const rows = this.#rows;
    const edges = this.#edgesOfGroup(rows);
    const range = edges && {
      smallest: this.#values[edges.smallest] ?? 0n,
      largest: this.#values[edges.largest] ?? 0n,
    };
    this.#range = widen(this.#range, range, byBigInt);
    const statistics = {
      min_value: range?.smallest,
      max_value: range?.largest,
      null_count: BigInt(this.#nulls.count),
    };
    // The writer packs deltas of 32-bit numbers quickly, and those of BigInts at a tenth of that speed.
    const small = this.#place.bounded && range && fitsInt32(range.smallest) && fitsInt32(range.largest);
    const data = small ? this.#lowWords(rows) : this.#nulls.applyTo(this.#values, rows);
    this.#nulls.clear();
    this.#rows = 0;
    return { data, encoding: small ? 'DELTA_BINARY_PACKED' : 'PLAIN', statistics };
  }

  bounds(): PhysicalBounds | undefined {
    return this.#range;
  }

  #lowWords(rows: number) {
    const low = new Int32Array(rows);
    for (let row = 0; row < rows; row++) low[row] = this.#words[2 * row] ?? 0;
    return this.#nulls.applyTo(low, rows);
  }

  /** The rows with the smallest and the largest value. */
  #edgesOfGroup(rows: number): { smallest: number; largest: number } | undefined {
    if (this.#nulls.count === rows) return undefined;
    const words = this.#words;
    const above = (a: number, b: number): boolean => {
      const [highA, highB] = [words[2 * a + 1] ?? 0, words[2 * b + 1] ?? 0];
      return highA === highB ? (words[2 * a] ?? 0) >>> 0 > (words[2 * b] ?? 0) >>> 0 : highA > highB;
    };
    let smallest = -1;
    let largest = -1;
    for (let row = 0; row < rows; row++) {
      if (this.#nulls.has(row)) continue;
      if (smallest === -1 || above(smallest, row)) smallest = row;
      if (largest === -1 || above(row, largest)) largest = row;
    }
    return { smallest, largest };
  }
}

function fitsInt32(value: bigint): boolean {
  return value >= -0x80000000n && value <= 0x7fffffffn;
}

const EPOCH_LOW = Number(BigInt.asUintN(32, 946_684_800_000_000n));
const EPOCH_HIGH = Number(946_684_800_000_000n >> 32n);

export const decodeInt64: DecodeInt64 = (view, at, words, row) => {
  words[2 * row] = view.getInt32(at + 4);
  words[2 * row + 1] = view.getInt32(at);
  return true;
};

export const decodeOid: DecodeInt64 = (view, at, words, row) => {
  words[2 * row] = view.getInt32(at);
  words[2 * row + 1] = 0;
  return true;
};

/**
 * Microseconds since 2000 to microseconds since 1970. `infinity` is the largest int64 and `-infinity` its negation, as
 * DuckDB has them; the last 30 years that Postgres knows do not fit.
 */
export const decodeTimestamp: DecodeInt64 = (view, at, words, row) => {
  const high = view.getInt32(at);
  const low = view.getUint32(at + 4);
  if (high === 0x7fffffff && low === 0xffffffff) {
    words[2 * row] = -1;
    words[2 * row + 1] = 0x7fffffff;
    return true;
  }
  if (high === -0x80000000 && low === 0) {
    words[2 * row] = 1;
    words[2 * row + 1] = -0x80000000;
    return true;
  }
  const lowSum = low + EPOCH_LOW;
  const highSum = high + EPOCH_HIGH + (lowSum > 0xffffffff ? 1 : 0);
  words[2 * row] = lowSum;
  words[2 * row + 1] = highSum;
  // Not beyond int64, nor equal to what stands for infinity.
  return highSum < 0x7fffffff || (highSum === 0x7fffffff && lowSum >>> 0 !== 0xffffffff);
};
