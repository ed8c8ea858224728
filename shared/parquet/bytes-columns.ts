import { ColumnNeedsText, MalformedRows } from './archive-errors.ts';
import {
  type ColumnBuilder,
  type ColumnPlace,
  type GroupColumn,
  NullMarks,
  type PhysicalBounds,
  widen,
  wrongLength,
} from './column-builder.ts';
import { type CopyRows, WINDOW_ROWS } from './copy-rows.ts';
import { FewValues } from './few-values.ts';
import { bigEndian, decimalBytes, readUnscaled } from './numeric.ts';

type Value = Uint8Array | null;
type Range = { smallest: Uint8Array; largest: Uint8Array };

/** A dictionary pays where a value comes this often on average. */
const USES_OF_A_DICTIONARY_ENTRY = 4;
/** Longer bounds than this are of no use in a footer; cut-off ones are not read well everywhere. */
const LONGEST_STATISTIC_BYTES = 256;

/** Text, `jsonb` (without its version byte) and `bytea`: views of the blocks that COPY sent, no copy and no string. */
export class BytesColumn implements ColumnBuilder {
  readonly #place: ColumnPlace;
  readonly #prefixBytes: number;
  readonly #nulls: NullMarks;
  readonly #few = new FewValues();
  /** Once a column had too many values for a dictionary, it is not tried again. */
  #isFew = true;
  #values: Value[] = [];
  #range: Range | undefined;

  constructor(place: ColumnPlace) {
    this.#place = place;
    this.#prefixBytes = place.column.stored.kind === 'jsonb' ? 1 : 0;
    this.#nulls = new NullMarks(place.column);
  }

  append(rows: CopyRows, count: number): void {
    const { index, hash, column } = this.#place;
    const { bytes, view, starts, lengths } = rows;
    const prefix = this.#prefixBytes;
    const values = this.#values;
    for (let slot = index * WINDOW_ROWS, end = slot + count; slot < end; slot++) {
      const length = (lengths[slot] ?? 0) - prefix;
      const start = (starts[slot] ?? 0) + prefix;
      const row = values.length;
      if (length < 0) {
        if (lengths[slot] !== -1) throw wrongLength(column, 0);
        this.#nulls.mark(row);
        hash.addNull(row, index + 1);
        values.push(null);
        continue;
      }
      if (prefix === 1 && bytes[start - 1] !== JSONB_VERSION) throw unknownJsonb(column.name);
      const bits = hash.addBytes(row, index + 1, view, start, length);
      const known = this.#isFew ? this.#few.find(bytes, start, length, bits) : undefined;
      if (known) {
        values.push(known);
      } else {
        this.#isFew = false;
        values.push(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length));
      }
    }
  }

  takeGroup(): GroupColumn {
    const data = this.#values;
    const distinct = this.#few.values;
    const isFew = this.#isFew && distinct.length * USES_OF_A_DICTIONARY_ENTRY <= data.length;
    const range = isFew ? rangeOf(distinct) : this.#place.bounded ? rangeOf(data) : undefined;
    if (this.#place.bounded) this.#range = widen(this.#range, range, Buffer.compare);
    const null_count = BigInt(this.#nulls.count);
    this.#values = [];
    this.#few.clear();
    this.#nulls.clear();
    return {
      data,
      encoding: isFew ? 'RLE_DICTIONARY' : 'PLAIN',
      statistics: isShort(range)
        ? { min_value: range?.smallest, max_value: range?.largest, null_count }
        : { null_count },
    };
  }

  bounds(): PhysicalBounds | undefined {
    return this.#range;
  }
}

const JSONB_VERSION = 1;

function unknownJsonb(column: string): MalformedRows {
  return new MalformedRows(`Column ${column} holds a jsonb in a version that is not known.`);
}

/** `uuid`, and decimals of more than 18 digits: values of one length, never cut. */
export class FixedColumn implements ColumnBuilder {
  readonly #place: ColumnPlace;
  readonly #nulls: NullMarks;
  readonly #decode: (rows: CopyRows, slot: number) => Uint8Array;
  #values: Value[] = [];
  #range: Range | undefined;

  constructor(place: ColumnPlace, decode: (rows: CopyRows, slot: number) => Uint8Array) {
    this.#place = place;
    this.#nulls = new NullMarks(place.column);
    this.#decode = decode;
  }

  append(rows: CopyRows, count: number): void {
    const { index, hash } = this.#place;
    for (let slot = index * WINDOW_ROWS, end = slot + count; slot < end; slot++) {
      const row = this.#values.length;
      if (rows.lengths[slot] === -1) {
        this.#nulls.mark(row);
        hash.addNull(row, index + 1);
        this.#values.push(null);
        continue;
      }
      const value = this.#decode(rows, slot);
      hash.addBytes(row, index + 1, new DataView(value.buffer, value.byteOffset), 0, value.length);
      this.#values.push(value);
    }
  }

  takeGroup(): GroupColumn {
    const data = this.#values;
    // Signed numbers do not order as their bytes do.
    const isUuid = this.#place.column.stored.kind === 'uuid';
    const range = this.#place.bounded && isUuid ? rangeOf(data) : undefined;
    this.#range = widen(this.#range, range, Buffer.compare);
    const statistics = {
      min_value: range?.smallest,
      max_value: range?.largest,
      null_count: BigInt(this.#nulls.count),
    };
    this.#values = [];
    this.#nulls.clear();
    return { data, encoding: 'PLAIN', statistics };
  }

  bounds(): PhysicalBounds | undefined {
    return this.#range;
  }
}

export function uuidColumn(place: ColumnPlace): FixedColumn {
  return new FixedColumn(place, ({ bytes, starts, lengths }, slot) => {
    const length = lengths[slot] ?? 0;
    if (length !== 16) throw wrongLength(place.column, length);
    return new Uint8Array(bytes.buffer, bytes.byteOffset + (starts[slot] ?? 0), length);
  });
}

export function longDecimalColumn(place: ColumnPlace, precision: number, scale: number): FixedColumn {
  const size = decimalBytes(precision);
  return new FixedColumn(place, ({ view, starts }, slot) => {
    const unscaled = readUnscaled(view, starts[slot] ?? 0, scale);
    if (unscaled === undefined) throw ColumnNeedsText.because(place.column.name, UNFIT_NUMERIC);
    return bigEndian(unscaled, size);
  });
}

export const UNFIT_NUMERIC = 'NaN, or a number with other decimals than its type says';

function rangeOf(values: readonly Value[]): Range | undefined {
  let range: Range | undefined;
  for (const value of values) {
    if (!value) continue;
    if (!range) range = { smallest: value, largest: value };
    else if (Buffer.compare(value, range.smallest) < 0) range.smallest = value;
    else if (Buffer.compare(value, range.largest) > 0) range.largest = value;
  }
  // Its own bytes, so that no block is kept alive for them.
  return range && { smallest: range.smallest.slice(), largest: range.largest.slice() };
}

function isShort(range: Range | undefined): boolean {
  return !range || Math.max(range.smallest.length, range.largest.length) <= LONGEST_STATISTIC_BYTES;
}
