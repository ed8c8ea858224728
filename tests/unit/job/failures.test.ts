import { expect, test } from '@jest/globals';
import { NightshiftError, ServiceError } from '../../../shared/job/errors.ts';
import { Failures } from '../../../shared/job/failures.ts';

const failing = (error: unknown) => async () => {
  throw error;
};

test('one failure is thrown as it was, after the others have had their turn', async () => {
  const failures = new Failures();
  const first = new ServiceError('the export');
  expect(await failures.collect(failing(first))).toBeUndefined();
  expect(await failures.collect(async () => 'the copy')).toBe('the copy');
  expect(() => failures.throwIfAny()).toThrow(first);
});

test('several are told together, each in its words, with the originals in the cause', async () => {
  const failures = new Failures();
  const errors = [new ServiceError('the export'), new Error('the copy'), 'a string'];
  for (const error of errors) await failures.collect(failing(error));
  const thrown = await new Promise((resolve) => {
    try {
      failures.throwIfAny();
    } catch (error) {
      resolve(error);
    }
  });
  expect(thrown).toBeInstanceOf(NightshiftError);
  expect(thrown).toMatchObject({
    message: '3 parts of the run failed:\n\nthe export\n\nthe copy\n\na string',
    cause: { errors },
  });
});

test('even undefined counts when it is thrown', async () => {
  const failures = new Failures();
  await failures.collect(failing(undefined));
  expect(() => failures.throwIfAny()).toThrow();
});

test('nothing is thrown where nothing failed', async () => {
  const failures = new Failures();
  await failures.collect(async () => undefined);
  failures.throwIfAny();
});
