import { describe, expect, test } from '@jest/globals';
import { holdCondition, holdConditions } from '../../../../functions/audit-archive/holds.ts';

const from = '2024-02-01T12:00:00+02:00';
const to = '2024-03-01T12:00:00Z';
const timestamptz = 'timestamp with time zone';

describe('a hold', () => {
  test('by predicate stands in parentheses of its own, on lines of its own', () => {
    expect(holdCondition({ name: 'x', where: 'a OR b' }, 'at', timestamptz)).toBe('(\na OR b\n)');
  });

  test.each([
    [timestamptz, `"at" >= '${from}'::timestamptz AND "at" < '${to}'::timestamptz`],
    [
      'timestamp without time zone',
      `"at" >= ('${from}'::timestamptz AT TIME ZONE 'UTC') AND "at" < ('${to}'::timestamptz AT TIME ZONE 'UTC')`,
    ],
    [
      'date',
      `"at" >= ('${from}'::timestamptz AT TIME ZONE 'UTC')::date AND "at" < ('${to}'::timestamptz AT TIME ZONE 'UTC')`,
    ],
  ])('by period compares a %s with moments of UTC', (type, condition) => {
    expect(holdCondition({ name: 'x', from, to }, 'at', type)).toBe(condition);
  });

  test('by both holds only what both mean', () => {
    expect(holdCondition({ name: 'x', where: 'a', from }, 'a"t', timestamptz)).toBe(
      `(\na\n) AND "a""t" >= '${from}'::timestamptz`,
    );
  });
});

test('with "keep", a row that another points to is held, by all columns of the key', () => {
  const source = { schema: 'public', name: 'Order' };
  const reference = {
    name: 'fk',
    schema: 'public',
    table: 'Order Line',
    onDelete: 'cascade' as const,
    columns: [
      { from: 'order', to: 'id' },
      { from: 'year', to: 'year' },
    ],
    reaches: [],
  };
  const policy = { source, ageColumn: 'at', holds: [] };
  expect(holdConditions({ ...policy, onReferenced: 'keep' }, timestamptz, [reference])).toEqual([
    'EXISTS (SELECT FROM "public"."Order Line" AS "referencing" WHERE "referencing"."order" = "public"."Order"."id" AND "referencing"."year" = "public"."Order"."year")',
  ]);
  expect(holdConditions({ ...policy, onReferenced: 'cascade' }, timestamptz, [reference])).toEqual([]);
});
