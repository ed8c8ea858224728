import { expect, test } from '@jest/globals';
import type { JobLogEntry } from '../../../cli/job-log.ts';
import { describeRefreshEntry } from '../../../cli/refresh-progress.ts';
import { describeRestoreEntry } from '../../../cli/restore-progress.ts';

const entry = (fields: Record<string, unknown>) => ({ fields }) as unknown as JobLogEntry;

test.each([
  [{ message: 'Asking', question: 'amcheck' }, 'Asking: amcheck'],
  [
    { message: 'Question answered', question: 'amcheck', seconds: 2.5, failed: 1 },
    'Asked: amcheck, in 2.5 s: 1 FAILED',
  ],
  [{ message: 'Question answered', question: 'opens', seconds: 0.1, failed: 0 }, 'Asked: opens, in 0.1 s'],
  [{ message: 'Claimed' }, undefined],
])('a restore tells %j', (fields, words) => {
  expect(describeRestoreEntry(entry(fields))).toBe(words);
});

test.each([
  [
    { message: 'Refreshing', view: 'public.mv', method: 'plain', reason: 'it has never been filled' },
    'Refreshing public.mv, plain: it has never been filled',
  ],
  [{ message: 'Refreshed', view: 'public.mv', seconds: 1.234 }, 'Refreshed public.mv, in 1.2 s'],
  [{ message: 'Refresh left to the server', view: 'public.mv' }, 'public.mv goes on in the server'],
  [
    { message: 'Refresh put off', view: 'public.mv', seconds: 4, reason: '55P03' },
    'public.mv is tried again in 4 s: 55P03',
  ],
  [{ message: 'Refresh failed', view: 'public."a\nb"', reason: '23505' }, 'public."a\\nb" FAILED: 23505'],
  [{ message: 'Claimed' }, undefined],
])('a refresh tells %j', (fields, words) => {
  expect(describeRefreshEntry(entry(fields))).toBe(words);
});
