import { expect, test } from '@jest/globals';
import { ranOutOfTime, tried } from '../../../../../functions/restore-drill/questions/tried.ts';

const failing = (code: string | undefined, message: string) =>
  tried('Reading public.users', () =>
    Promise.reject(Object.assign(new Error(message), { code, detail: 'Key (email)=(a@b)' })),
  );

test('what Postgres refuses is an answer, in its words and without its detail', async () => {
  expect(await failing('XX001', 'invalid page in block 3 of relation base/5/16384')).toEqual({
    kind: 'refused',
    state: 'XX001',
    words:
      'Reading public.users failed: Postgres answered XX001: invalid page in block 3 of relation base/5/16384',
  });
});

test('what says nothing of the database is thrown: a lost connection, a server that shuts down, a fault of ours', async () => {
  await expect(failing('57P01', 'terminating connection')).rejects.toThrow('terminating connection');
  await expect(failing('ECONNRESET', 'read ECONNRESET')).rejects.toThrow('ECONNRESET');
  await expect(failing(undefined, 'Connection terminated unexpectedly')).rejects.toThrow('unexpectedly');
});

test('a limit of time, of a statement or of a lock, leaves things unknown', async () => {
  for (const code of ['57014', '55P03']) {
    const answer = await failing(code, 'canceling statement');
    expect(answer.kind === 'refused' && ranOutOfTime(answer.state)).toBe(true);
  }
  expect(ranOutOfTime('XX001')).toBe(false);
});
