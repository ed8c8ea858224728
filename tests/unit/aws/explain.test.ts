import { describe, expect, test } from '@jest/globals';
import { explainAwsError, explained } from '../../../shared/aws/explain.ts';
import { PreconditionError, ServiceError } from '../../../shared/job/errors.ts';

const named = (name: string, more: object = {}) => Object.assign(new Error('words'), { name, ...more });

describe('an AWS error that does not pass', () => {
  test('says what was being done, what came back and what to do, and keeps the original', () => {
    const original = named('KMSKeyNotAccessibleFault');
    const error = explainAwsError('Starting the export x', original);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error.message).toMatch(
      /^Starting the export x failed\. KMSKeyNotAccessibleFault: words\n.*kms:CreateGrant/,
    );
    expect(error.cause).toBe(original);
  });

  test.each(['WhoKnowsFault', 'constructor', 'toString'])(
    '%s, of which nothing is known, gets no advice',
    (name) => {
      expect(explainAwsError('Doing x', named(name)).message).toBe(`Doing x failed. ${name}: words`);
    },
  );
});

test('one that passes keeps its mark, so that a step tries again', async () => {
  const original = named('Throttling');
  await expect(explained('Doing x', () => Promise.reject(original))).rejects.toBe(original);
});

test('one that is explained is not explained twice', async () => {
  const inner = new ServiceError('already clear');
  await expect(explained('Doing x', () => Promise.reject(inner))).rejects.toBe(inner);
});

test('an error of Nightshift’s own keeps its kind', async () => {
  const inner = new PreconditionError('RDS described no instance x. Check "instance" in the config.');
  await expect(explained('Describing x', () => Promise.reject(inner))).rejects.toBe(inner);
});

test('what a call answers is handed on', async () => {
  expect(await explained('Doing x', async () => 1)).toBe(1);
});
