import { expect, test } from '@jest/globals';
import { describeFailure } from '../../../../functions/matview-refresh/advice.ts';
import { PostgresError } from '../../../../shared/job/errors.ts';

const answered = (sqlState: string | undefined) =>
  describeFailure(new PostgresError('Postgres answered it.', sqlState === undefined ? {} : { sqlState }));

test('a failure is told with what mends it, where that is known', () => {
  expect(answered('23505')).toMatch(/^Postgres answered it\. Its query answers rows twice .* mend the query/);
  expect(answered('53100')).toMatch(/room for the new contents/);
  expect(answered('P0001')).toBe('Postgres answered it. The log of Postgres has them.');
});

test('how often it was so stands before what mends it', () => {
  const locked = new PostgresError('Postgres answered 55P03.', { sqlState: '55P03' });
  expect(describeFailure(locked, 6)).toMatch(
    /^Postgres answered 55P03\. So it was 6 times\. Somebody holds a lock/,
  );
});

test('and in its own words, where it is not', () => {
  expect(answered('XX000')).toBe('Postgres answered it.');
  expect(answered(undefined)).toBe('Postgres answered it.');
  expect(describeFailure(new TypeError('a defect'))).toBe('a defect');
});
