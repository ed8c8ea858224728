import { describe, expect, test } from '@jest/globals';
import { describeRefreshReport } from '../../../cli/show-views.ts';
import type { PlannedView } from '../../../functions/matview-refresh/planned-view.ts';
import type { RunReport } from '../../../functions/matview-refresh/report.ts';
import type { ViewOutcome } from '../../../functions/matview-refresh/view-outcome.ts';

const refresh: PlannedView = {
  kind: 'refresh',
  view: 'public.mv_a',
  reason: 'public.t: 1 more row inserted',
  method: 'concurrently: its readers go on',
  remedy: null,
  after: [],
};
const plan = (...views: PlannedView[]) =>
  describeRefreshReport({ kind: 'plan', database: 'menotime', slot: 'x', views });

describe('a dry run', () => {
  test('has a line for each view with its reason, statements to be copied, and a count', () => {
    const refused = {
      ...refresh,
      kind: 'refuse',
      view: 'public.mv_b',
      reason: 'no index',
      method: null,
    } as const;
    expect(
      plan(
        refresh,
        { ...refused, remedy: 'CREATE UNIQUE INDEX …' },
        {
          ...refused,
          kind: 'held up',
          view: 'public.mv_c',
          reason: 'by mv_b',
          after: ['public.mv_b', 'x', 'y'],
        },
        {
          ...refresh,
          view: 'public.mv_d',
          method: 'plain: it has never been filled',
          after: ['public.mv_a'],
        },
      ),
    ).toBe(
      `Plan for menotime, slot x, in this order. Nothing was changed.

view         would           after                   because
───────────  ──────────────  ──────────────────────  ──────────────────────────────────────────────────────────────
public.mv_a  refresh         -                       public.t: 1 more row inserted
public.mv_b  be REFUSED      -                       no index
public.mv_c  be HELD UP      public.mv_b and 2 more  by mv_b
public.mv_d  refresh, plain  public.mv_a             public.t: 1 more row inserted; plain: it has never been filled

public.mv_b:
    → CREATE UNIQUE INDEX …

2 to be refreshed, 1 REFUSED, 1 HELD UP by one that cannot be refreshed.`,
    );
  });

  test('of no view says so', () => {
    expect(plan()).toBe('menotime has no materialized view that is to be looked at.');
  });

  test('shows a newline in a name, and lets it write no line of its own', () => {
    expect(plan({ ...refresh, view: 'public."a\nb"' })).toMatch(/^public\."a\\nb" {2}refresh/m);
  });
});

const skipped: ViewOutcome = {
  view: 'public.mv_a',
  status: 'skipped',
  reason: null,
  remedy: null,
  method: 'concurrently',
  seconds: 3.2,
  rows: 1,
  bytes: 8_192,
  grownBytes: 100,
  asOf: '2026-01-02T06:00:00.123Z',
  freshWithinHours: 26,
};
const counts = { refreshed: 0, skipped: 0, postponed: 0, unfinished: 0, failed: 0, refused: 0, 'held up': 0 };

describe('a run', () => {
  test('shows what took time only where it was refreshed, and how many views it does not name', () => {
    const report: RunReport = {
      kind: 'run',
      views: [skipped],
      counts: { ...counts, skipped: 1_501 },
      stale: [],
    };
    const text = describeRefreshReport(report);
    expect(text).toMatch(/^public\.mv_a {2}skipped +- +- +1 {2}8\.2 kB +- +2026-01-02 06:00:00 UTC$/m);
    expect(text).toMatch(/… and 1,500 more, of which nightshift\.view_refreshes knows\.\n\n1,501 skipped$/);
  });

  test('ends with what is older than promised', () => {
    const report: RunReport = {
      kind: 'run',
      views: [{ ...skipped, status: 'postponed', reason: 'left for the window' }],
      counts: { ...counts, postponed: 1 },
      stale: ['public.mv_a'],
    };
    expect(describeRefreshReport(report)).toMatch(
      /public\.mv_a: left for the window\n\n1 postponed\n\nOLDER THAN PROMISED: public\.mv_a$/,
    );
  });
});
