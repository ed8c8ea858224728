import { expect, test } from '@jest/globals';
import { nameMeansOneOf, tableIsNamedBy } from '../../../../functions/snapshot-export/table-names.ts';

test.each([
  ['public.a', true],
  ['shop.public.a', true],
  ['"shop"."public"."a"', true],
  ['other.public.a', false],
  ['public.ab', false],
  ['a', false],
  ['PUBLIC.A', false],
])('%s means public.a: %p, asked from either side', (name, means) => {
  expect(tableIsNamedBy(['public.x', name], 'shop')('public.a')).toBe(means);
  expect(nameMeansOneOf(['public.x', 'public.a'], 'shop')(name)).toBe(means);
});

test('quotes that belong to a name do no harm', () => {
  expect(tableIsNamedBy(['shop.public."a""b"'], 'shop')('public.a"b')).toBe(true);
  expect(nameMeansOneOf(['public.a"b'], 'shop')('shop.public."a""b"')).toBe(true);
});
