import { describe, expect, test } from '@jest/globals';
import { compareColumns } from '../../../../functions/snapshot-export/column-types.ts';
import { columnTypeOf } from '../../../support/columns.ts';

describe('a column of type', () => {
  test.each([
    ['int8', 'INT64'],
    ['int4', 'INT32'],
    ['int2', 'INT32/INT_16'],
    ['float8', 'DOUBLE'],
    ['float4', 'FLOAT'],
    ['bool', 'BOOLEAN'],
    ['bytea', 'BYTE_ARRAY'],
    ['numeric', 'BYTE_ARRAY/UTF8'],
    ['_int4', 'BYTE_ARRAY/UTF8'],
    ['timestamptz', 'BYTE_ARRAY/UTF8'],
    ['jsonb', 'BYTE_ARRAY/UTF8'],
    ['big_count', 'BYTE_ARRAY/UTF8'],
    ['constructor', 'BYTE_ARRAY/UTF8'],
  ])('%s is %s in the file', (typeName, type) => {
    expect(compareColumns([columnTypeOf('c', typeName)], [{ name: 'c', type }])).toEqual([]);
    const other = type === 'DOUBLE' ? 'FLOAT' : 'DOUBLE';
    expect(compareColumns([columnTypeOf('c', typeName)], [{ name: 'c', type: other }])).toEqual([
      `the column "c" (${typeName}) is ${other}, not ${type}`,
    ]);
  });
});

test('a missing column is told, one too many is not', () => {
  const expected = [columnTypeOf('a', 'int4'), columnTypeOf('b', 'text')];
  expect(
    compareColumns(expected, [
      { name: 'a', type: 'INT32' },
      { name: 'z', type: 'INT32' },
    ]),
  ).toEqual(['the column "b" (text) is missing']);
});

test('the order of columns does not matter, their spelling does', () => {
  const expected = [columnTypeOf('a', 'int4'), columnTypeOf('B', 'int4')];
  const found = [
    { name: 'B', type: 'INT32' },
    { name: 'a', type: 'INT32' },
  ];
  expect(compareColumns(expected, found)).toEqual([]);
  expect(compareColumns([columnTypeOf('b', 'int4')], found)).toHaveLength(1);
});
