import { expect, test } from '@jest/globals';
import { quoteName } from '../../../shared/postgres/quote.ts';

test.each([
  [['public', 'patients'], '"public"."patients"'],
  [['oddities', 'a "quoted" name'], '"oddities"."a ""quoted"" name"'],
  [['x"; DROP TABLE y; --'], '"x""; DROP TABLE y; --"'],
])('%j -> %s', (parts, quoted) => {
  expect(quoteName(...parts)).toBe(quoted);
});
