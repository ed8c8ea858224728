import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { step, type Watch, watch } from '../../../shared/job/durable.ts';
import { PatienceError, PostgresError, ServiceError } from '../../../shared/job/errors.ts';

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

/** Runs a story to its end, waits skipped; gives the result or the error's name and message. */
async function run(story: (context: DurableContext) => Promise<unknown>) {
  const handler = withDurableExecution(async (_event: unknown, context: DurableContext) => story(context));
  const result = await new LocalDurableTestRunner({ handlerFunction: handler }).run({ payload: {} });
  if (result.getStatus() === 'SUCCEEDED') return result.getResult();
  const { errorType, errorMessage } = result.getError();
  return { errorType, errorMessage };
}

const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });

describe('a step', () => {
  test('tries again what is transient, and gives the result', async () => {
    let tries = 0;
    const story = (context: DurableContext) =>
      step(context, 'ask', async () => {
        tries += 1;
        if (tries < 3) throw throttled();
        return { tries };
      });
    expect(await run(story)).toEqual({ tries: 3 });
  });

  test('gives up after five tries, with the error that was thrown', async () => {
    let tries = 0;
    const story = (context: DurableContext) =>
      step(context, 'ask', async () => {
        tries += 1;
        throw new PostgresError('Work in menotime failed', { transient: true });
      });
    expect(await run(story)).toEqual({ errorType: 'PostgresError', errorMessage: 'Work in menotime failed' });
    expect(tries).toBe(5);
  });

  test('fails at once with any other error, whose name and message a later line can read', async () => {
    let tries = 0;
    const caught: unknown[] = [];
    const story = async (context: DurableContext) => {
      try {
        return await step(context, 'ask', async () => {
          tries += 1;
          throw new ServiceError('The export ended as FAILED.');
        });
      } catch (error) {
        caught.push(error);
        // Ends the invocation: what is caught after the replay comes out of a checkpoint.
        await context.wait('a night', { seconds: 60 });
        throw error;
      }
    };
    expect(await run(story)).toEqual({
      errorType: 'ServiceError',
      errorMessage: 'The export ended as FAILED.',
    });
    expect(tries).toBe(1);
    expect(caught.length).toBeGreaterThan(1);
    for (const error of caught) {
      expect(error).toMatchObject({ name: 'ServiceError', message: 'The export ended as FAILED.' });
    }
  });
});

describe('a watch', () => {
  const watching = (changes: Partial<Watch<string>>): Watch<string> => ({
    look: async () => 'available',
    done: (seen) => seen === 'available',
    everySeconds: 60,
    forHours: 0.1,
    gaveUp: (last) => `It was last ${last ?? 'not to be seen'}.`,
    ...changes,
  });
  const watched = (changes: Partial<Watch<string>>) =>
    run((context) => watch(context, 'wait', watching(changes)));

  test('looks until it is done, and gives what it saw last', async () => {
    const states = ['creating', 'creating', 'available', 'deleted'];
    let looks = 0;
    const look = async () => states[looks++] ?? '';
    expect(await watched({ look })).toBe('available');
    expect(looks).toBe(3);
  });

  test('looks as often as its time holds, then tells what it was last', async () => {
    let looks = 0;
    const look = async () => `creating ${++looks}`;
    expect(await watched({ look })).toEqual({
      errorType: 'PatienceError',
      errorMessage: 'It was last creating 6.',
    });
    expect(looks).toBe(6);
    expect(new PatienceError('').name).toBe('PatienceError');
  });

  test('looks once at least, however short its time', async () => {
    expect(await watched({ forHours: 0.000_1 })).toBe('available');
  });

  test('a passing fault is no news: what was seen before stands', async () => {
    const answers = [
      async () => 'creating',
      ...Array.from({ length: 9 }, () => () => Promise.reject(throttled())),
    ];
    const look = async () => (answers.shift() ?? (async () => ''))();
    expect(await watched({ look })).toMatchObject({ errorMessage: 'It was last creating.' });
  });

  test('only passing faults, and nothing was ever seen', async () => {
    const look = () => Promise.reject(throttled());
    expect(await watched({ look })).toMatchObject({ errorMessage: 'It was last not to be seen.' });
  });

  test('any other fault ends it, with the error that was thrown', async () => {
    const look = () => Promise.reject(new ServiceError('Access denied.'));
    expect(await watched({ look })).toEqual({ errorType: 'ServiceError', errorMessage: 'Access denied.' });
  });

  test('null is something that was seen', async () => {
    const answer = await run((context) =>
      watch<string | null>(context, 'wait', {
        ...watching({}),
        look: async () => null,
        done: (seen) => seen === null,
        gaveUp: () => 'gave up',
      }),
    );
    expect(answer).toBeNull();
  });
});
