import { expect, test } from '@jest/globals';
import { boundOf } from '../../../../functions/audit-archive/archive-partition.ts';

test.each([
  ['2024-03', 'date', "FROM ('2024-03-01') TO ('2024-04-01')"],
  ['2023-12', 'timestamp without time zone', "FROM ('2023-12-01 00:00:00') TO ('2024-01-01 00:00:00')"],
  ['0999-01', 'timestamp(3) with time zone', "FROM ('0999-01-01 00:00:00+00') TO ('0999-02-01 00:00:00+00')"],
  ['0000-00', 'date', "FROM (MINVALUE) TO ('0001-01-01')"],
])('the bound of %s as %s is %s', (month, type, bound) => {
  expect(boundOf(month, type)).toBe(`FOR VALUES ${bound}`);
});
