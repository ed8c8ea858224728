import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RowHash } from '../../../shared/parquet/row-hash.ts';

type Row = readonly (string | null)[];

/** Rows of text, in groups of any size. */
function hashOf(rows: readonly Row[], groupRows = 3): string {
  const hash = new RowHash();
  hash.reserve(groupRows);
  for (let from = 0; from < rows.length; from += groupRows) {
    const group = rows.slice(from, from + groupRows);
    for (const [row, values] of group.entries())
      for (const [index, value] of values.entries()) add(hash, row, index, value);
    hash.endGroup(group.length);
  }
  return hash.hex();
}

function add(hash: RowHash, row: number, index: number, value: string | null): void {
  if (value === null) {
    hash.addNull(row, index + 1);
    return;
  }
  const bytes = new TextEncoder().encode(`..${value}`);
  hash.addBytes(row, index + 1, new DataView(bytes.buffer), 2, bytes.length - 2);
}

const rows = fc.array(
  fc.tuple(fc.option(fc.string({ maxLength: 40 })), fc.option(fc.string({ maxLength: 3 }))),
  { maxLength: 12 },
);

test('does not depend on order or on row groups', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 9 }), (some, groupRows) => {
      expect(hashOf([...some].reverse(), groupRows)).toBe(hashOf(some));
    }),
  );
});

test('changes with any value, and with any row that is there once more', () => {
  fc.assert(
    fc.property(rows, fc.nat(), fc.option(fc.string()), (some, at, value) => {
      const row = some[at % Math.max(some.length, 1)];
      fc.pre(row !== undefined && row[0] !== value);
      if (!row) return;
      expect(hashOf([...some, row])).not.toBe(hashOf(some));
      expect(hashOf(some.map((other) => (other === row ? ([value, row[1]] as const) : other)))).not.toBe(
        hashOf(some),
      );
    }),
  );
});

test.each<[string, Row[], Row[]]>([
  ['NULL and empty', [[null]], [['']]],
  ['the same values in other columns', [['a', 'b']], [['b', 'a']]],
  ['a value that moved over a column’s boundary', [['ab', 'c']], [['a', 'bc']]],
  [
    'values that changed rows',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
    [
      ['a', 'd'],
      ['c', 'b'],
    ],
  ],
  ['bytes of zero at the end', [['a']], [['a\0']]],
  ['no row and a row of NULLs', [], [[null, null]]],
  ['two equal rows and none', [], [['x'], ['x']]],
])('tells apart: %s', (_what, one, other) => {
  expect(hashOf(one)).not.toBe(hashOf(other));
});

test('a number is hashed as its little-endian bytes are', () => {
  const [byWord, byBytes] = [new RowHash(), new RowHash()];
  const view = new DataView(new ArrayBuffer(8));
  view.setInt32(0, -123_456_789, true);
  view.setInt32(4, 987_654_321, true);
  for (const hash of [byWord, byBytes]) hash.reserve(2);
  byWord.addInt32(0, 7, -123_456_789);
  byWord.addInt64(1, 7, -123_456_789, 987_654_321);
  byBytes.addBytes(0, 7, view, 0, 4);
  byBytes.addBytes(1, 7, view, 0, 8);
  for (const hash of [byWord, byBytes]) hash.endGroup(2);
  expect(byWord.hex()).toBe(byBytes.hex());
});
