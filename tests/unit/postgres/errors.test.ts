import { describe, expect, test } from '@jest/globals';
import { ConfigError, PostgresError } from '../../../shared/job/errors.ts';
import { postgresError } from '../../../shared/postgres/errors.ts';
import { describeSqlState, sqlStateOf } from '../../../shared/postgres/sqlstate.ts';

const answered = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { code, severity: 'ERROR', ...more });

describe('what Postgres answered', () => {
  test('is told with its SQLSTATE and words, and nothing that quotes rows', () => {
    const row = 'Key (email)=(ada@menotime.example) already exists.';
    const original = answered('23505', 'duplicate key value violates unique constraint "users_email_key"', {
      detail: row,
      hint: row,
      where: row,
      internalQuery: row,
    });
    const error = postgresError('Work in menotime on db:5432', original);
    expect(error).toBeInstanceOf(PostgresError);
    expect(error.message).toBe(
      'Work in menotime on db:5432 failed: Postgres answered 23505: duplicate key value violates unique constraint "users_email_key"',
    );
    expect(JSON.stringify([error, error.stack, error.cause])).not.toContain('ada@');
  });

  test.each([
    ['22P02', 'invalid input syntax for type integer: "ada@menotime.example"'],
    ['22007', 'invalid input syntax for type date: "ada@menotime.example"'],
    ['P0001', 'the patient ada@menotime.example is locked'],
  ])('%s, whose words quote values, is told without them', (code, words) => {
    const { message } = postgresError('Work', answered(code, words));
    expect(message).toContain(`Postgres answered ${code}`);
    expect(message).not.toContain('ada@');
  });

  test.each([
    ['40001', true],
    ['40P01', true],
    ['53300', true],
    ['55P03', true],
    ['57P01', true],
    ['57P03', true],
    ['08006', true],
    ['57014', false],
    ['42501', false],
    ['28P01', false],
    ['42P01', false],
    ['XX000', false],
  ])('%s is transient: %p', (code, transient) => {
    expect(postgresError('Work', answered(code, 'x'))).toMatchObject({ transient });
  });
});

describe('what the connection did', () => {
  test.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432'],
    ['ECONNRESET', 'read ECONNRESET'],
    ['EPIPE', 'write EPIPE'],
    [undefined, 'Connection terminated unexpectedly'],
    [undefined, 'Connection terminated'],
    [undefined, 'timeout expired'],
    [undefined, 'Query read timeout'],
    [undefined, 'Client has encountered a connection error and is not queryable'],
    [undefined, 'Client was closed and is not queryable'],
  ])('%s, %s is transient, and Postgres is not said to have answered', (code, message) => {
    const error = postgresError('Work', Object.assign(new Error(message), { code }));
    expect(error).toMatchObject({ transient: true, message: `Work failed: ${message}` });
  });

  test('a certificate that is refused is not transient', () => {
    const refused = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect(postgresError('Work', refused)).toMatchObject({ transient: false });
  });
});

test('an error of Nightshift’s own stays as it is', () => {
  const own = new ConfigError('x');
  expect(postgresError('Work', own)).toBe(own);
});

test.each([undefined, null, 'text', { code: 'abc' }, new Error('x')])('%p has no SQLSTATE', (error) => {
  expect(sqlStateOf(error)).toBeUndefined();
  expect(postgresError('Work', error)).toBeInstanceOf(PostgresError);
});

test('a SQLSTATE is described by its name where it has one', () => {
  expect(describeSqlState('57014')).toBe('57014 query_canceled');
  expect(describeSqlState('XX000')).toBe('XX000');
});
