import { expect, test } from '@jest/globals';
import { shownText } from '../../../shared/postgres/shown-statement.ts';

test.each([
  'SELECT * FROM patients WHERE id = $1 AND name LIKE $2 LIMIT $3',
  'WITH t1 AS (SELECT $1) SELECT column_9 FROM t1',
])('a normalised statement is shown: %s', (text) => {
  expect(shownText(text)).toBe(text);
});

test.each([
  `SELECT * FROM patients WHERE name = 'Ada'`,
  'SELECT * FROM patients WHERE ssn = 123456789',
  'SELECT * FROM m WHERE v > .5',
  'SELECT $$Ada$$',
  'SELECT $tag$Ada$tag$',
  'SELECT 1 -- for Ada',
  'SELECT $1 /* Ada */',
  `ALTER ROLE app PASSWORD $1`,
  'DECLARE c CURSOR FOR SELECT $1',
])('one that may hold a literal is not: %s', (text) => {
  expect(shownText(text)).toBeNull();
});
