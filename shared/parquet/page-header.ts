import { MalformedRows } from './archive-errors.ts';

/** What a data page of version 2 says about itself, as far as a flat column needs it. Lengths in bytes. */
export interface DataPageHeader {
  readonly values: number;
  readonly nulls: number;
  readonly isPlain: boolean;
  readonly levelsLength: number;
  /** Of the values, once they are decompressed. */
  readonly valuesLength: number;
  /** Levels included. */
  readonly compressedLength: number;
  readonly isCompressed: boolean;
  /** Of the header itself. */
  readonly length: number;
}

const DATA_PAGE_V2 = 3;
const PLAIN = 0;

type Field = number | boolean | Struct;
type Struct = Map<number, Field>;

/**
 * Reads the header of a data page (version 2) at `at`: the struct PageHeader of the Parquet format, in Thrift's compact
 * protocol. Throws MalformedRows for any other page, and RangeError where the bytes end.
 */
export function readDataPageHeader(view: DataView, at: number): DataPageHeader {
  const reader = new ThriftReader(view, at);
  const header = reader.struct();
  const data = header.get(8);
  if (header.get(1) !== DATA_PAGE_V2 || !(data instanceof Map)) {
    throw new MalformedRows(
      'Reading an archived file: a page is of another kind than those that are written.',
    );
  }
  const levelsLength = numberOf(data, 5) + numberOf(data, 6);
  return {
    values: numberOf(data, 1),
    nulls: numberOf(data, 2),
    isPlain: data.get(4) === PLAIN,
    levelsLength,
    valuesLength: numberOf(header, 2) - levelsLength,
    compressedLength: numberOf(header, 3),
    isCompressed: data.get(7) !== false,
    length: reader.at - at,
  };
}

function numberOf(struct: Struct, field: number): number {
  const value = struct.get(field);
  if (typeof value === 'number' && value >= 0) return value;
  throw new MalformedRows(`Reading an archived file: a page's header has no field ${field}.`);
}

/** The types of fields in Thrift's compact protocol that a page's header has. */
const TRUE = 1;
const FALSE = 2;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const STRUCT = 12;

class ThriftReader {
  readonly #view: DataView;
  at: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.at = at;
  }

  struct(): Struct {
    const fields: Struct = new Map();
    let id = 0;
    for (;;) {
      const head = this.#view.getUint8(this.at++);
      if (head === 0) return fields;
      id = head >> 4 === 0 ? this.#zigzag() : id + (head >> 4);
      fields.set(id, this.#field(head & 0x0f));
    }
  }

  #field(type: number): Field {
    switch (type) {
      case TRUE:
        return true;
      case FALSE:
        return false;
      case I32:
      case I64:
        return this.#zigzag();
      case BINARY: {
        // A bound of the page's values: not needed here.
        const length = this.varint();
        this.at += length;
        return length;
      }
      case STRUCT:
        return this.struct();
      default:
        throw new MalformedRows(`Reading an archived file: a page's header has a field of type ${type}.`);
    }
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#view.getUint8(this.at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  #zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/**
 * Reads `count` definition levels of a flat column, as Parquet's hybrid of runs and packed bits has them (one bit each):
 * 1 where there is a value, 0 for NULL.
 */
export function readPresence(levels: Uint8Array, count: number): Uint8Array {
  const present = new Uint8Array(count);
  const reader = new ThriftReader(new DataView(levels.buffer, levels.byteOffset, levels.byteLength), 0);
  for (let row = 0; row < count; ) {
    const head = reader.varint();
    if (head % 2 === 0) {
      present.fill(levels[reader.at++] ?? 0, row, row + head / 2);
      row += head / 2;
      continue;
    }
    const packedBytes = (head - 1) / 2;
    for (let bit = 0; bit < packedBytes * 8 && row < count; bit++, row++) {
      present[row] = ((levels[reader.at + (bit >> 3)] ?? 0) >> (bit & 7)) & 1;
    }
    reader.at += packedBytes;
  }
  return present;
}
