import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matches, matchesName } from '../../../../functions/alarm-fanout/matches.ts';
import { alert } from '../../../support/alarm-fixtures.ts';

/** Few letters, so that parts are found, found twice and found overlapping; and what a regular expression would take. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.'), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '*', '*'), maxLength: 8 });

test('a pattern is the name, with * for anything', () => {
  fc.assert(
    fc.property(pattern, text, (given, name) => {
      const escaped = given.replace(/[.-]/g, '\\$&').replaceAll('*', '[^]*');
      expect(matchesName([given], name)).toBe(new RegExp(`^${escaped}$`).test(name));
    }),
    { numRuns: 3_000 },
  );
});

/** By backtracking, this would not end. */
test('a pattern of many stars is answered', () => {
  expect(matchesName([`${'*a'.repeat(2_000)}b`], 'a'.repeat(20_000))).toBe(false);
});

test('whatever is left out stands for all, and what is said must all fit', () => {
  expect(matches({}, { ...alert, database: null })).toBe(true);
  expect(matches({ databases: ['menotime'] }, { ...alert, database: null })).toBe(false);
  expect(matches({ databases: ['menotime'], severities: ['critical'] }, alert)).toBe(false);
  expect(matches({ databases: ['menotime'], severities: ['warning'], alarms: ['x', '*-cpu'] }, alert)).toBe(
    true,
  );
});
