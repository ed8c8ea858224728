import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Client } from 'pg';
import type { Connect } from '../../../../functions/restore-drill/sign-in.ts';
import { withinPatience } from '../../../../functions/restore-drill/within-patience.ts';
import { PostgresError } from '../../../../shared/job/errors.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const minute = 60_000;
const lost = () => new PostgresError('The connection was lost.', { transient: true });
const after = (milliseconds: number, error: Error) =>
  new Promise<never>((_, reject) => setTimeout(() => reject(error), milliseconds));

/** A connection that breaks as soon as it is ended, as that of `pg` does. */
function connecting(): { readonly connect: Connect; readonly made: () => number } {
  let made = 0;
  const connect: Connect = async (use) => {
    made += 1;
    const broken = Promise.withResolvers<never>();
    const client = { end: async () => broken.reject(lost()) } as unknown as Client;
    return Promise.race([use(client), broken.promise]);
  };
  return { connect, made: () => made };
}

test('both tries of a question share one patience, so that the invocation outlives them', async () => {
  const { connect, made } = connecting();
  const asked = withinPatience(connect, (bounded) => bounded(() => after(10 * minute, lost())));
  const outcome = asked.catch((error: Error) => error.message);
  await jest.advanceTimersByTimeAsync(12.9 * minute);
  expect(made()).toBe(2);
  await jest.advanceTimersByTimeAsync(0.2 * minute);
  expect(await Promise.race([outcome, 'still asking'])).toMatch(/^it took more than 13 minutes/);
});

test('what is cut off when the time is over is not begun again', async () => {
  const { connect, made } = connecting();
  const asked = withinPatience(connect, (bounded) => bounded(() => new Promise<never>(() => undefined)));
  const outcome = asked.catch((error: Error) => error.message);
  await jest.advanceTimersByTimeAsync(14 * minute);
  expect(await outcome).toMatch(/^it took more than 13 minutes/);
  expect(made()).toBe(1);
});

test('a connection that was lost is opened once more', async () => {
  let tries = 0;
  const answered = withinPatience(connecting().connect, (bounded) =>
    bounded(async () => {
      tries += 1;
      if (tries === 1) throw lost();
      return 'whole';
    }),
  );
  expect(await answered).toBe('whole');
});
