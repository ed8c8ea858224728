import type { DecodedArray } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import { addFloat } from './number-columns.ts';
import type { RowHash } from './row-hash.ts';

interface Place {
  readonly column: ArchiveColumn;
  /** From 0. */
  readonly index: number;
  readonly hash: RowHash;
}

/** Adds stored values to the hashes of the rows from `from` on: the same as was added when they were written. */
export function hashValues(place: Place, from: number, values: DecodedArray): void {
  hashFunction(place.column)(place, from, values);
}

function hashFunction({ stored }: ArchiveColumn): (place: Place, from: number, values: DecodedArray) => void {
  switch (stored.kind) {
    case 'bool':
    case 'int16':
    case 'int32':
    case 'date':
      return hashInt32;
    case 'float':
      return (place, from, values) => hashFloats(place, from, values, 4);
    case 'double':
      return (place, from, values) => hashFloats(place, from, values, 8);
    case 'int64':
    case 'oid':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return hashInt64;
    case 'decimal':
      return stored.precision <= 18 ? hashInt64 : hashBytes;
    case 'text':
    case 'jsonb':
    case 'bytes':
    case 'uuid':
      return hashBytes;
  }
}

function hashInt32({ hash, index }: Place, from: number, values: DecodedArray): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value === null || value === undefined) hash.addNull(from + at, index + 1);
    else hash.addInt32(from + at, index + 1, Number(value));
  }
}

function hashFloats(place: Place, from: number, values: DecodedArray, widthBytes: number): void {
  const bits = new DataView(new ArrayBuffer(8));
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value === null || value === undefined) place.hash.addNull(from + at, place.index + 1);
    else addFloat(place, bits, from + at, value, widthBytes);
  }
}

function hashInt64({ hash, index }: Place, from: number, values: DecodedArray): void {
  if (values instanceof BigInt64Array) {
    const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    for (let at = 0; at < values.length; at++) {
      hash.addInt64(from + at, index + 1, words[2 * at] ?? 0, words[2 * at + 1] ?? 0);
    }
    return;
  }
  const one = new BigInt64Array(1);
  const words = new Int32Array(one.buffer);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (value === null || value === undefined) {
      hash.addNull(from + at, index + 1);
      continue;
    }
    one[0] = value;
    hash.addInt64(from + at, index + 1, words[0] ?? 0, words[1] ?? 0);
  }
}

function hashBytes({ hash, index, column }: Place, from: number, values: DecodedArray): void {
  let view: DataView = new DataView(new ArrayBuffer(0));
  for (let at = 0; at < values.length; at++) {
    const value: unknown = values[at];
    if (value === null || value === undefined) {
      hash.addNull(from + at, index + 1);
      continue;
    }
    if (!(value instanceof Uint8Array)) {
      throw new MalformedRows(`Reading an archived file: column ${column.name} holds a ${typeof value}.`);
    }
    // The values of a page share one buffer.
    if (view.buffer !== value.buffer) view = new DataView(value.buffer);
    hash.addBytes(from + at, index + 1, view, value.byteOffset, value.byteLength);
  }
}
