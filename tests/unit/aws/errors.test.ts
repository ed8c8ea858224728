import { describe, expect, test } from '@jest/globals';
import { describeAwsError, errorName, hasName, isTransient } from '../../../shared/aws/errors.ts';
import { PostgresError } from '../../../shared/job/errors.ts';

const named = (name: string, more: object = {}) => Object.assign(new Error('words'), { name, ...more });

describe('transient is', () => {
  test.each([
    ['a throttle of the query services', named('Throttling')],
    ['a throttle of the JSON services', named('ThrottlingException')],
    ['a throttle of S3', named('SlowDown')],
    ['a throttle of Lambda', named('TooManyRequestsException')],
    [
      'a lost race for a key of S3',
      named('ConditionalRequestConflict', { $metadata: { httpStatusCode: 409 } }),
    ],
    ['any status from 500', named('Whatever', { $metadata: { httpStatusCode: 503 } })],
    ['a reset connection', named('Error', { code: 'ECONNRESET' })],
    ['a refused connection', named('Error', { code: 'ECONNREFUSED' })],
    ['a client’s own timeout', named('TimeoutError')],
    ['what its thrower calls so', new PostgresError('x', { transient: true })],
  ])('%s', (_what, error) => {
    expect(isTransient(error)).toBe(true);
  });
});

describe('not transient is', () => {
  test.each([
    ['a denial', named('AccessDenied', { $metadata: { httpStatusCode: 403 } })],
    ['something missing', named('NoSuchKey', { $metadata: { httpStatusCode: 404 } })],
    ['an object that exists', named('PreconditionFailed', { $metadata: { httpStatusCode: 412 } })],
    ['a full quota', named('SnapshotQuotaExceededFault')],
    ['a bug', new TypeError('x is not a function')],
    ['a Postgres error', new PostgresError('x')],
    ['a string', 'Throttling'],
    ['nothing', undefined],
    ['an object', { name: 'Throttling' }],
  ])('%s', (_what, error) => {
    expect(isTransient(error)).toBe(false);
  });
});

test('an error is known by the name that the service gave it', () => {
  expect(errorName(named('NoSuchKey'))).toBe('NoSuchKey');
  expect(errorName({ name: 'NoSuchKey' })).toBe('');
  expect(hasName(named('NoSuchKey'), 'NotFound', 'NoSuchKey')).toBe(true);
  expect(hasName(named('NoSuchKey'))).toBe(false);
});

test('an error is described by name and words, or by what there is', () => {
  expect(describeAwsError(named('NoSuchKey'))).toBe('NoSuchKey: words');
  expect(describeAwsError(Object.assign(new Error(''), { name: 'NotFound' }))).toBe('NotFound');
  expect(describeAwsError('a string')).toBe('a string');
});
