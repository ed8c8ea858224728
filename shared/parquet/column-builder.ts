import type { DecodedArray, Encoding, Statistics } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import type { CopyRows } from './copy-rows.ts';
import type { RowHash } from './row-hash.ts';

/** No row group has more rows; fewer where they are large. Readers prune by whole groups. */
export const GROUP_ROWS = 65_536;

/** A column's values as the file holds them: what bounds are told in. */
export type PhysicalValue = number | bigint | boolean | Uint8Array;

export interface PhysicalBounds {
  readonly smallest: PhysicalValue;
  readonly largest: PhysicalValue;
}

/** One column of a row group, ready for the writer. */
export interface GroupColumn {
  readonly data: DecodedArray;
  readonly encoding: Encoding;
  /** For pruning, and only where they are cheap to know or asked for. */
  readonly statistics?: Statistics;
}

/** Gathers one column of a row group from rows of COPY BINARY, and adds each value to the hash of its row. */
export interface ColumnBuilder {
  /** Throws ColumnNeedsText where a value does not fit, MalformedRows where it is none of its type. */
  append(rows: CopyRows, count: number): void;
  /** The column so far; the next row is the first of a new group. */
  takeGroup(): GroupColumn;
  /** Over all groups; undefined where the column has no value, or none was asked for. */
  bounds(): PhysicalBounds | undefined;
}

export interface ColumnPlace {
  readonly column: ArchiveColumn;
  /** From 0. */
  readonly index: number;
  readonly bounded: boolean;
  readonly hash: RowHash;
}

/** Which rows of a group have no value. */
export class NullMarks {
  readonly #column: ArchiveColumn;
  readonly #marks = new Uint8Array(GROUP_ROWS);
  count = 0;

  constructor(column: ArchiveColumn) {
    this.#column = column;
  }

  mark(row: number): void {
    if (!this.#column.nullable) {
      throw new MalformedRows(`Column ${this.#column.name} is NOT NULL, and holds a NULL.`);
    }
    this.#marks[row] = 1;
    this.count++;
  }

  has(row: number): boolean {
    return this.#marks[row] === 1;
  }

  clear(): void {
    if (this.count > 0) this.#marks.fill(0);
    this.count = 0;
  }

  /** A typed array where every row has a value, else an array with nulls, as the writer wants them. */
  applyTo<T extends number | bigint>(
    values: ArrayLike<T> & { subarray(from: number, to: number): DecodedArray },
    rows: number,
  ): DecodedArray {
    if (this.count === 0) return values.subarray(0, rows);
    const sparse = new Array<T | null>(rows);
    for (let row = 0; row < rows; row++) sparse[row] = this.#marks[row] === 1 ? null : (values[row] as T);
    return sparse;
  }
}

export function wrongLength({ name, postgresType }: ArchiveColumn, length: number): MalformedRows {
  return new MalformedRows(`Column ${name} (${postgresType}) holds a value of ${length} bytes.`);
}

/** The smaller and the larger of what two groups hold. */
export function widen<T extends PhysicalValue>(
  known: { smallest: T; largest: T } | undefined,
  found: { smallest: T; largest: T } | undefined,
  compare: (a: T, b: T) => number,
): { smallest: T; largest: T } | undefined {
  if (!known || !found) return known ?? found;
  return {
    smallest: compare(found.smallest, known.smallest) < 0 ? found.smallest : known.smallest,
    largest: compare(found.largest, known.largest) > 0 ? found.largest : known.largest,
  };
}
