import { describe, expect, test } from '@jest/globals';
import { failureOf, measure, reportPlan, reportRun } from '../../../../functions/matview-refresh/report.ts';
import type { ViewOutcome } from '../../../../functions/matview-refresh/view-outcome.ts';

const at = new Date('2026-01-02T06:30:00Z');
const refreshed: ViewOutcome = {
  view: 'public.mv_costs',
  status: 'refreshed',
  reason: null,
  remedy: null,
  method: 'concurrently',
  seconds: 3.2,
  rows: 1_200,
  bytes: 2_000_000,
  grownBytes: 500_000,
  asOf: '2026-01-02T06:00:00Z',
  freshWithinHours: 26,
};
const skipped: ViewOutcome = { ...refreshed, view: 'public.mv_same', status: 'skipped' };
const failed: ViewOutcome = {
  ...refreshed,
  view: 'public.mv_broken',
  status: 'failed',
  reason: 'Postgres answered 23505',
  asOf: '2026-01-01T06:00:00Z',
};
const old: ViewOutcome = {
  ...skipped,
  view: 'public.mv_old',
  status: 'postponed',
  asOf: '2025-12-31T06:00:00Z',
};
const done = (...views: ViewOutcome[]) => ({
  request: { database: 'menotime', slot: '2026-01-02-0600' },
  stage: 'prod',
  views,
  at,
});
const counted = (name: string, ...views: ViewOutcome[]) =>
  measure(done(...views)).find((measurement) => measurement.name === name)?.value;

describe('a run', () => {
  test('is told with one line for each view that was refreshed, and one for all that were not', () => {
    const { message, report } = reportRun(done(refreshed, skipped, { ...skipped, view: 'public.mv_other' }));
    expect(message.subject).toBe(
      'Nightshift prod: menotime views: 1 refreshed, 2 unchanged, slot 2026-01-02-0600',
    );
    expect(message.text).toBe(
      'public.mv_costs: refreshed (concurrently) in 3.2 s, 1,200 rows, 2.0 MB, 0.5 MB more than before.\n2 views had nothing new to show.',
    );
    expect(report.counts).toMatchObject({ refreshed: 1, skipped: 2, failed: 0 });
  });

  test('leaves out of its record what was skipped, where there are very many', () => {
    const many = Array.from({ length: 600 }, (_, n) => ({ ...skipped, view: `public.mv_${n}` }));
    expect(reportRun(done(refreshed, ...many)).report.views).toEqual([refreshed]);
  });

  test('of no view at all is no failure', () => {
    expect(failureOf(done())).toBeUndefined();
    expect(reportRun(done()).message.subject).toContain('0 refreshed');
  });
});

describe('fails', () => {
  test('by a view that could not be brought up to date, after all the others', () => {
    expect(failureOf(done(refreshed, skipped))).toBeUndefined();
    expect(failureOf(done(refreshed, failed))).toBe(
      '1 of 2 views could not be brought up to date. Each holds what it held before.\n\npublic.mv_broken: failed: Postgres answered 23505.\n\nThe other one is as it should be.',
    );
  });

  test('by a view that is older than promised, though nobody is at fault', () => {
    expect(failureOf(done(refreshed, old))).toMatch(
      /^1 view is older than promised.*\n\n.*mv_old: postponed.* It is 48\.5 h old; its limit is 26 h\./,
    );
  });

  test('by a view whose age nobody knows', () => {
    expect(failureOf(done({ ...old, asOf: null }))).toMatch(/Nobody knows how old it is/);
  });
});

describe('is counted', () => {
  test('view by view', () => {
    expect(counted('ViewsRefreshed', refreshed, skipped, failed)).toBe(1);
    expect(counted('ViewsSkipped', refreshed, skipped, failed)).toBe(1);
    expect(counted('ViewsFailed', refreshed, skipped, failed, { ...failed, status: 'held up' })).toBe(2);
    expect(counted('ViewsStale', refreshed, old)).toBe(1);
    expect(counted('OldestViewHours', refreshed, failed)).toBe(24.5);
    expect(counted('RefreshSeconds', refreshed, skipped)).toBe(3.2);
  });

  test('without an age where nobody knows one, and with a stale view', () => {
    expect(counted('OldestViewHours', { ...old, asOf: null })).toBeUndefined();
    expect(counted('ViewsStale', { ...old, asOf: null })).toBe(1);
  });
});

test('a dry run names the views that go before', () => {
  const task = { id: '2', parents: ['1', '99'], seconds: 1, reason: 'changed' };
  const { report } = reportPlan({ database: 'menotime', slot: 'x' }, [
    {
      kind: 'skip',
      target: 'public.a',
      ...task,
      id: '1',
      parents: [],
      asOf: '',
      otherwise: { kind: 'postpone', target: 'public.a', ...task },
    },
    { kind: 'refuse', target: 'public.b', ...task, remedy: 'GRANT …' },
  ]);
  expect(report).toMatchObject({
    views: [
      { view: 'public.a', after: [] },
      { view: 'public.b', after: ['public.a'], remedy: 'GRANT …' },
    ],
  });
});
