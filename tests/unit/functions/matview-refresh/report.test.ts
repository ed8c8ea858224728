import { describe, expect, test } from '@jest/globals';
import { failureOf, measure, reportRun } from '../../../../functions/matview-refresh/report.ts';
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
  request: {
    database: 'menotime',
    slot: '2026-01-02-0600',
    views: null,
    withDependents: false,
    force: false,
  },
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
      'public.mv_costs: refreshed (concurrently) in 3.2 s, 1,200 rows, 2.0 MB, 500 kB more than before.\n2 views had nothing new to show.',
    );
    expect(report.counts).toMatchObject({ refreshed: 1, skipped: 2, failed: 0 });
  });

  test('tells how long all refreshes took, and of one row in words of one', () => {
    const slow = {
      ...refreshed,
      view: 'public.mv_slow',
      seconds: 3_725,
      rows: 1,
      bytes: 8_192,
      grownBytes: 0,
    };
    expect(reportRun(done(refreshed, slow)).message.text).toMatch(
      /mv_slow: refreshed \(concurrently\) in 1 h 2 min, 1 row, 8\.2 kB\.\nThe refreshes took 1 h 2 min in all\.$/,
    );
  });

  test('keeps what somebody has to see to in its record, where there are very many, in their order', () => {
    const many = Array.from({ length: 600 }, (_, n) => ({ ...skipped, view: `public.mv_${n}` }));
    const { views, counts } = reportRun(done(...many, refreshed, failed)).report;
    expect(views).toHaveLength(500);
    expect(views.slice(-2)).toEqual([refreshed, failed]);
    expect(counts).toMatchObject({ skipped: 600, refreshed: 1, failed: 1 });
  });

  test('of 2,000 views fits into a checkpoint and a message, however they ended', () => {
    const long = 'x'.repeat(400);
    const faults = { status: 'failed' as const, reason: long, remedy: long, asOf: null };
    const many = Array.from({ length: 2_000 }, (_, n) => ({
      ...refreshed,
      view: `public."${n}"`.padEnd(120, 'v'),
    }));
    for (const views of [many, many.map((view) => ({ ...view, ...faults }))]) {
      const { report, message } = reportRun(done(...views));
      expect(JSON.stringify(report).length).toBeLessThan(200_000);
      expect(message.text.length).toBeLessThan(150_000);
      expect((failureOf(done(...views)) ?? '').length).toBeLessThan(150_000);
    }
    expect(failureOf(done(...many.map((view) => ({ ...view, ...faults }))))).toMatch(/\n… and 1,900 more\.$/);
  });

  test('leaves room for the names that were asked for', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => ({
      ...refreshed,
      view: `public."${n}"`.padEnd(120, 'v'),
    }));
    const asked = done(...many);
    const views = many.map(({ view }) => view);
    const { report } = reportRun({ ...asked, request: { ...asked.request, views } });
    expect(JSON.stringify(report).length).toBeLessThan(200_000);
    expect(report.views.length).toBeGreaterThan(0);
  });

  test('of a view whose name has a newline writes no line of its own', () => {
    const forged = { ...refreshed, view: 'public."a\npublic.b: failed"' };
    expect(reportRun(done(forged)).message.text.split('\n')).toHaveLength(1);
  });

  test('of no view at all is no failure', () => {
    expect(failureOf(done())).toBeUndefined();
    const { subject, text } = reportRun(done()).message;
    expect(subject).toContain('0 refreshed');
    // SNS takes no message without a text.
    expect(text).toBe('There was no view to look at.');
  });
});

describe('fails', () => {
  test('by a view that could not be brought up to date, after all the others', () => {
    expect(failureOf(done(refreshed, skipped))).toBeUndefined();
    expect(failureOf(done(refreshed, failed))).toBe(
      '1 of 2 views could not be brought up to date. It holds what it held before.\n\npublic.mv_broken: failed: Postgres answered 23505.\n\nThe other one is as it should be.',
    );
  });

  test('by views of which none is well, without a word of others; what waits for another comes last', () => {
    const heldUp = { ...failed, view: 'public.mv_above', status: 'held up' as const, reason: 'by mv_broken' };
    const refused = { ...failed, status: 'refused' as const, reason: 'no index', remedy: 'CREATE …' };
    expect(failureOf(done(heldUp, refused))).toBe(
      '2 of 2 views could not be brought up to date. Each holds what it held before.\n\npublic.mv_broken: refused: no index.\n  → CREATE …\npublic.mv_above: held up: by mv_broken.',
    );
  });

  test('by a view that is older than promised, though nobody is at fault', () => {
    expect(failureOf(done(refreshed, old))).toMatch(
      /^1 view is older than promised.*\n\n.*mv_old: postponed.* It is 48 h 30 min old; its limit is 26 h\./,
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
