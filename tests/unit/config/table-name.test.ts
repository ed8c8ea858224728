import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatTableName, parseTableName } from '../../../shared/config/table-name.ts';

test.each([
  ['public.audit_log', 'public', 'audit_log'],
  ['oddities."Order Line"', 'oddities', 'Order Line'],
  ['"a.b"."c""d"', 'a.b', 'c"d'],
  ['"public"."audit_log"', 'public', 'audit_log'],
  ['oddities."naïve_表_🚀"', 'oddities', 'naïve_表_🚀'],
  ['größe.straße', 'größe', 'straße'],
  ['s."; DROP TABLE x; --"', 's', '; DROP TABLE x; --'],
])('%s is read as SQL reads it', (text, schema, name) => {
  expect(parseTableName(text)).toEqual({ schema, name });
});

test.each([
  'audit_log',
  'public.Audit_Log',
  'public.audit log',
  'a.b.c',
  '.b',
  'a.',
  '"".b',
  'a."b',
  'a.b"',
  '1a.b',
  'a.$b',
  'a."\0"',
  `a.${'x'.repeat(64)}`,
  // 32 letters of two bytes each.
  `a.${'ü'.repeat(32)}`,
  '',
  'a.b\n',
])('%p is none', (text) => {
  expect(parseTableName(text)).toBeUndefined();
});

test('every name that Postgres can hold has one spelling, which is read back as it was', () => {
  const part = fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
      fc.constantFrom('"', '""', '.', ' ', "'", 'select'),
    )
    .filter((name) => Buffer.byteLength(name) <= 63 && !name.includes('\0') && name.isWellFormed());
  fc.assert(
    fc.property(part, part, (schema, name) => {
      const spelled = formatTableName({ schema, name });
      expect(parseTableName(spelled)).toEqual({ schema, name });
    }),
  );
});
