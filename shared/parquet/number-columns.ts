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

type Range = { smallest: number; largest: number };
const byNumber = (a: number, b: number): number => a - b;

/** `smallint`, `integer` and `date`: 32 bits. `decode` reads the value at an offset. */
export class Int32Column implements ColumnBuilder {
  readonly #place: ColumnPlace;
  readonly #widthBytes: number;
  readonly #decode: (view: DataView, at: number) => number;
  readonly #values = new Int32Array(GROUP_ROWS);
  readonly #nulls: NullMarks;
  #rows = 0;
  #range: Range | undefined;

  constructor(place: ColumnPlace, widthBytes: number, decode: (view: DataView, at: number) => number) {
    this.#place = place;
    this.#widthBytes = widthBytes;
    this.#decode = decode;
    this.#nulls = new NullMarks(place.column);
  }

  append({ view, starts, lengths }: CopyRows, count: number): void {
    const { index, hash, column } = this.#place;
    const decode = this.#decode;
    const values = this.#values;
    for (let slot = index * WINDOW_ROWS, end = slot + count, row = this.#rows; slot < end; slot++, row++) {
      const length = lengths[slot] ?? 0;
      if (length === this.#widthBytes) {
        const value = decode(view, starts[slot] ?? 0);
        values[row] = value;
        hash.addInt32(row, index + 1, value);
      } else if (length === -1) {
        this.#nulls.mark(row);
        hash.addNull(row, index + 1);
      } else throw wrongLength(column, length);
    }
    this.#rows += count;
  }

  takeGroup(): GroupColumn {
    const rows = this.#rows;
    const data = this.#nulls.applyTo(this.#values, rows);
    const range = this.#rangeOfGroup(rows);
    const null_count = BigInt(this.#nulls.count);
    this.#range = widen(this.#range, range, byNumber);
    this.#nulls.clear();
    this.#rows = 0;
    return {
      data,
      encoding: this.#place.bounded ? 'DELTA_BINARY_PACKED' : 'PLAIN',
      statistics: { min_value: range?.smallest, max_value: range?.largest, null_count },
    };
  }

  bounds(): PhysicalBounds | undefined {
    return this.#range;
  }

  #rangeOfGroup(rows: number): Range | undefined {
    if (this.#nulls.count === rows) return undefined;
    let smallest = 0x7fffffff;
    let largest = -0x80000000;
    for (let row = 0; row < rows; row++) {
      if (this.#nulls.has(row)) continue;
      const value = this.#values[row] ?? 0;
      if (value < smallest) smallest = value;
      if (value > largest) largest = value;
    }
    return { smallest, largest };
  }
}

/** `real` and `double precision`. Any NaN is hashed as the same NaN, and no bounds are known, as NaN has no place in them. */
export class FloatColumn implements ColumnBuilder {
  readonly #place: ColumnPlace;
  readonly #values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  readonly #nulls: NullMarks;
  readonly #bits = new DataView(new ArrayBuffer(8));
  #rows = 0;

  constructor(place: ColumnPlace) {
    this.#place = place;
    const double = place.column.stored.kind === 'double';
    this.#values = double ? new Float64Array(GROUP_ROWS) : new Float32Array(GROUP_ROWS);
    this.#nulls = new NullMarks(place.column);
  }

  append({ view, starts, lengths }: CopyRows, count: number): void {
    const { index, hash, column } = this.#place;
    const width = this.#values.BYTES_PER_ELEMENT;
    for (let slot = index * WINDOW_ROWS, end = slot + count, row = this.#rows; slot < end; slot++, row++) {
      const length = lengths[slot] ?? 0;
      if (length === width) {
        const at = starts[slot] ?? 0;
        const value = width === 8 ? view.getFloat64(at) : view.getFloat32(at);
        this.#values[row] = value;
        addFloat(this.#place, this.#bits, row, value, width);
      } else if (length === -1) {
        this.#nulls.mark(row);
        hash.addNull(row, index + 1);
      } else throw wrongLength(column, length);
    }
    this.#rows += count;
  }

  takeGroup(): GroupColumn {
    const data = this.#nulls.applyTo(this.#values, this.#rows);
    this.#nulls.clear();
    this.#rows = 0;
    return { data, encoding: 'PLAIN' };
  }

  bounds(): undefined {
    return undefined;
  }
}

/** Adds a float of 4 or 8 bytes to the hash of its row; `bits` is room for 8 bytes. */
export function addFloat(
  { hash, index }: Pick<ColumnPlace, 'hash' | 'index'>,
  bits: DataView,
  row: number,
  value: number,
  widthBytes: number,
): void {
  const hashed = Number.isNaN(value) ? Number.NaN : value;
  if (widthBytes === 4) {
    bits.setFloat32(0, hashed);
    hash.addInt32(row, index + 1, Number.isNaN(value) ? 0x7fc00000 : bits.getInt32(0));
    return;
  }
  bits.setFloat64(0, hashed);
  hash.addInt64(
    row,
    index + 1,
    Number.isNaN(value) ? 0 : bits.getInt32(4),
    Number.isNaN(value) ? 0x7ff80000 : bits.getInt32(0),
  );
}

/** `boolean`. */
export class BoolColumn implements ColumnBuilder {
  readonly #place: ColumnPlace;
  readonly #nulls: NullMarks;
  #values: (boolean | null)[] = [];

  constructor(place: ColumnPlace) {
    this.#place = place;
    this.#nulls = new NullMarks(place.column);
  }

  append({ view, starts, lengths }: CopyRows, count: number): void {
    const { index, hash, column } = this.#place;
    for (let slot = index * WINDOW_ROWS, end = slot + count; slot < end; slot++) {
      const length = lengths[slot] ?? 0;
      const row = this.#values.length;
      if (length === 1) {
        const value = view.getUint8(starts[slot] ?? 0) !== 0;
        this.#values.push(value);
        hash.addInt32(row, index + 1, value ? 1 : 0);
      } else if (length === -1) {
        this.#nulls.mark(row);
        this.#values.push(null);
        hash.addNull(row, index + 1);
      } else throw wrongLength(column, length);
    }
  }

  takeGroup(): GroupColumn {
    const data = this.#values;
    this.#values = [];
    this.#nulls.clear();
    return { data, encoding: 'PLAIN' };
  }

  bounds(): undefined {
    return undefined;
  }
}
