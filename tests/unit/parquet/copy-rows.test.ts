import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CopyRows, WINDOW_ROWS } from '../../../shared/parquet/copy-rows.ts';

type Row = readonly (Uint8Array | null)[];
const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);

function int(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

function copyBinary(rows: readonly Row[]): Buffer {
  const fields = (row: Row) => row.flatMap((value) => (value ? [int(4, value.length), value] : [int(4, -1)]));
  return Buffer.concat([header, ...rows.flatMap((row) => [int(2, row.length), ...fields(row)]), trailer]);
}

/** Reads blocks of the given sizes, up to `limit` rows at a time. */
function read(
  bytes: Buffer,
  columns: number,
  { sizes = [bytes.length], limit = WINDOW_ROWS, largest = 1_000_000 },
) {
  const rows = new CopyRows(columns, largest);
  const found: (Uint8Array | null)[][] = [];
  for (let at = 0, block = 0; at < bytes.length; block++) {
    const end = at + Math.max(1, sizes[block % sizes.length] ?? 1);
    rows.push(new Uint8Array(bytes.subarray(at, end)));
    at = end;
    for (let count = rows.scan(limit); count > 0; count = rows.scan(limit))
      found.push(...rowsOf(rows, columns, count));
  }
  rows.end();
  return found;
}

function rowsOf({ bytes, starts, lengths }: CopyRows, columns: number, count: number) {
  return Array.from({ length: count }, (_row, row) =>
    Array.from({ length: columns }, (_column, column) => {
      const slot = column * WINDOW_ROWS + row;
      const [start = 0, length = 0] = [starts[slot], lengths[slot]];
      return length === -1 ? null : bytes.slice(start, start + length);
    }),
  );
}

const value = fc.option(fc.uint8Array({ maxLength: 50 }));

test('finds every field, wherever the blocks are cut', () => {
  const rows = fc.array(fc.tuple(value, value, value), { maxLength: 20 });
  const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1 });
  fc.assert(
    fc.property(rows, sizes, fc.integer({ min: 1, max: 5 }), (some, cuts, limit) => {
      const found = read(copyBinary(some), 3, { sizes: cuts, limit });
      expect(found.map((row) => row.map((bytes) => bytes && [...bytes]))).toEqual(
        some.map((row) => row.map((bytes) => bytes && [...bytes])),
      );
    }),
  );
});

const oneRow = copyBinary([[new Uint8Array([1, 2, 3])]]);

test.each<[string, Buffer, string]>([
  ['a stream of something else', Buffer.from('1\tone\n2\ttwo\n3\tthree\n'), 'does not begin'],
  ['a stream that was cut', oneRow.subarray(0, -3), 'ends before its trailer'],
  ['a stream without its trailer', oneRow.subarray(0, -2), 'ends before its trailer'],
  ['an empty stream', Buffer.alloc(0), 'ends before its trailer'],
  ['bytes after the trailer', Buffer.concat([oneRow, Buffer.from([0])]), 'bytes follow its end'],
  ['a row of another table', copyBinary([[null, null]]), 'has 2 fields instead of 1'],
  ['a length that cannot be', Buffer.concat([header, int(2, 1), int(4, -2), trailer]), '-2 bytes'],
])('refuses %s', (_what, bytes, message) => {
  expect(() => read(bytes, 1, {})).toThrow(message);
  expect(() => read(bytes, 1, { sizes: [1] })).toThrow(message);
});

test('refuses a row that is larger than what may be held, before it has come', () => {
  const announced = Buffer.concat([header, int(2, 1), int(4, 1_000_000_000)]);
  expect(() => read(announced, 1, { largest: 5_000 })).toThrow(
    /at least 1000000006 bytes, and no more than 5000 fit/,
  );
});
