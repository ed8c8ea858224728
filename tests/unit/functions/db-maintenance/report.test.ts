import { describe, expect, test } from '@jest/globals';
import type { MaintenanceOutcome } from '../../../../functions/db-maintenance/outcome.ts';
import { failureOf, reportRun } from '../../../../functions/db-maintenance/report.ts';
import type { Night } from '../../../../functions/db-maintenance/work-night.ts';

const done: MaintenanceOutcome = {
  ...{ kind: 'vacuum', target: 'public.patients', id: '1', status: 'done', remedy: null },
  ...{ reason: '2,000 rows are dead, 50%', seconds: 1.5, bytes: 8_192 },
  ...{ before: { deadRows: 2_000 }, after: { deadRows: 0 } },
};
const quiet: Night = {
  ...{ outcomes: [done], untouched: [], refused: 0, notices: [], unnamed: 0, unfinished: [], broken: [] },
};
const asked = { database: 'menotime', slot: '2026-01-01' };
const kilobytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value)) / 1_024;

test('a run of which nothing failed has no failure, and is told line by line', () => {
  expect(failureOf(quiet)).toBeUndefined();
  const { report, message } = reportRun(asked, 'prod', quiet);
  expect(report).toMatchObject({ outcomes: [done], counts: { vacuum: { done: 1 } }, unnamed: 0 });
  expect(message.text).toBe(
    'public.patients: vacuum: done in 1.5 s, 2000 dead rows before, 0 after: 2,000 rows are dead, 50%.',
  );
});

test('what was looked through and is sound is told in one line, and what is not by its name', () => {
  const sound = { ...done, kind: 'check table' as const, before: {}, after: {} };
  const outcomes = [
    ...Array.from({ length: 500 }, (_, at) => ({ ...sound, id: `${at}`, target: `public.t${at}` })),
    {
      ...sound,
      kind: 'check index' as const,
      target: 'public.ix',
      status: 'damaged' as const,
      reason: 'XX002: bad',
    },
  ];
  expect(reportRun(asked, 'prod', { ...quiet, outcomes }).message.text.split('\n')).toEqual([
    'public.ix: check index: damaged in 1.5 s: XX002: bad.',
    'Looked through for damage, and sound: 500 tables and indexes, 4.1 MB.',
  ]);
});

test('what mends a failure stands behind it', () => {
  const failed = { ...done, status: 'no effect' as const, remedy: 'GRANT app TO nightshift;' };
  expect(failureOf({ ...quiet, outcomes: [failed] })).toMatch(/50%\. GRANT app TO nightshift;$/);
});

test('a phase that ended early fails the run, which keeps what was done', () => {
  const night = { ...quiet, broken: [{ phase: 'indexes' as const, reason: 'the server was not to be had' }] };
  expect(failureOf(night)).toMatch(/The phase “indexes” ended early: the server was not to be had/);
  const { report, measurements } = reportRun(asked, 'prod', night);
  expect(report).toMatchObject({ outcomes: [done] });
  expect(measurements).toContainEqual({ name: 'MaintenanceFailed', unit: 'Count', value: 1 });
});

test('what was refused and is not named fails the run all the same', () => {
  expect(failureOf({ ...quiet, refused: 300, unnamed: 300 })).toMatch(
    /300 could not be begun[\s\S]*And 300 more/,
  );
});

describe('of 10,000 outcomes', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({
    ...done,
    id: String(at),
    target: `public."${'"'.repeat(120)}${at}"`,
    status: at === 9_999 ? ('failed' as const) : ('done' as const),
  }));
  const night = { ...quiet, outcomes: many };

  test('the record takes no more than a checkpoint, the message than SNS; what failed is in both', () => {
    const { report, message } = reportRun(asked, 'prod', night);
    expect(kilobytes(report)).toBeLessThan(230);
    expect(Buffer.byteLength(message.text)).toBeLessThan(200_000);
    expect(report.outcomes[0]).toMatchObject({ id: '9999', status: 'failed' });
    expect(report.outcomes.length + report.unnamed).toBe(10_000);
    expect(report.counts).toEqual({ vacuum: { done: 9_999, failed: 1 } });
  });

  test('and the failure names no more than people can read', () => {
    const allBad = { ...night, outcomes: many.map((one) => ({ ...one, status: 'failed' as const })) };
    const failure = failureOf(allBad) ?? '';
    expect(failure).toMatch(/^10000 parts of the maintenance failed/);
    expect(failure).toMatch(/And \d+ more\.$/);
    expect(Buffer.byteLength(failure)).toBeLessThan(100_000);
  });
});
