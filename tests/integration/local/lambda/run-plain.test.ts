import { expect, test } from '@jest/globals';
import middy from '@middy/core';
import { runPlain } from '../../../../infra/local/lambda/run-plain.ts';

test('a plain middy handler gets its event and context, and its result comes back', async () => {
  const handler = middy(async (event: { n: number }, context: { functionName: string }) => {
    return `${context.functionName} ${event.n}`;
  });
  const run = handler as unknown as (event: { n: number }) => Promise<string>;
  expect(await runPlain({ handler: run, event: { n: 1 }, functionName: 'db-health' })).toBe('db-health 1');
});

test('what the handler throws comes through as it is', async () => {
  const error = new Error('no connection');
  const handler = async () => {
    throw error;
  };
  await expect(runPlain({ handler, event: {}, functionName: 'db-health' })).rejects.toBe(error);
});
