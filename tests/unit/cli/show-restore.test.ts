import { describe, expect, test } from '@jest/globals';
import { parseLogLine } from '../../../cli/job-log.ts';
import { describeRestoreEntry } from '../../../cli/restore-progress.ts';
import { describeFailedRestore, describeRestoreReport } from '../../../cli/show-restore.ts';
import type { DrillRunReport } from '../../../functions/restore-drill/report.ts';
import type { Finding } from '../../../shared/verify/finding.ts';

const finding = (check: string, status: Finding['status'], more: Partial<Finding> = {}): Finding => ({
  check,
  status,
  fact: `What ${check} found.`,
  limit: null,
  advice: null,
  ...more,
});

const recovery: DrillRunReport = {
  kind: 'recovery',
  asked: { wanted: { kind: 'newest snapshot' }, kept: true },
  instance: 'menotime-recovery-20260102-0304',
  region: 'us-west-1',
  snapshot: 'rds:menotime-2026-01-02-03-07',
  reason: 'rds:menotime-2026-01-02-03-07: the newest of all',
  adopted: false,
  restoredTo: '2026-01-02T03:07:09.000Z',
  engineVersion: '15.18',
  phases: { restoring: 61, connecting: 2, asking: 12.34, deleting: 0 },
  recoverySeconds: 75.3,
  recoveryTimeMinutes: 10,
  findings: [
    finding('opens', 'pass'),
    finding('row counts', 'fail', { limit: '7 rows', advice: 'Look.', seconds: 2 }),
    finding('freshness', 'warn'),
  ],
  countsKey: null,
  address: 'db.example:5432',
  available: true,
  safetySnapshot: { identifier: 'nightshift-safety-prod-menotime', seconds: 30 },
  next: { cutOver: ['Stop whatever writes.'], goBack: ['Rename it back.'] },
};

const drill: DrillRunReport = {
  ...recovery,
  kind: 'drill',
  instance: 'nightshift-drill-prod-menotime-2026-01-02',
  address: null,
  safetySnapshot: null,
  next: null,
};

describe('a restore is shown', () => {
  const text = describeRestoreReport(recovery);

  test('with its findings, the worst first, and what to do on a line of its own', () => {
    const statuses = [...text.matchAll(/^(FAIL|warn|no baseline|pass) /gm)].map(([, status]) => status);
    expect(statuses).toEqual(['FAIL', 'warn', 'pass']);
    expect(text).toMatch(
      /^FAIL +row counts: What row counts found\. \(limit: 7 rows\) \[2\.0 s\]\n +→ Look\.$/m,
    );
  });

  test('with the time of each phase, and what was promised', () => {
    expect(text).toMatch(/^restoring +1 min 01 s$/m);
    expect(text).toMatch(/^asking +12\.3 s$/m);
    expect(text).toMatch(/^recovery, all of these +1 min 15 s +promised: 10 min$/m);
    expect(text).not.toMatch(/^deleting/m);
    expect(describeRestoreReport(drill)).toMatch(/^deleting +0\.0 s$/m);
  });

  test('with where it is, and how to cut over and to go back', () => {
    expect(text).toMatch(/^address +db\.example:5432$/m);
    expect(text).toMatch(/^safety snapshot +nightshift-safety-prod-menotime/m);
    expect(text).toMatch(/To cut over:\n {2}Stop whatever writes\.\n\nTo go back:\n {2}Rename it back\.$/);
    expect(describeRestoreReport(drill)).not.toMatch(/To cut over/);
  });

  test('without a way to cut over to what was never available', () => {
    const failed = { ...recovery, address: null, recoverySeconds: 0 };
    expect(describeRestoreReport(failed)).not.toMatch(/To cut over|recovery, all/);
  });
});

test.each([
  [
    'what stays is said to stay',
    recovery,
    /^1 check failed\. menotime-recovery-\S+ stays, at db\.example:5432/,
  ],
  ['a drill is said to be deleted', drill, /^1 check failed\. nightshift-drill-\S+ was deleted\.$/],
  [
    'a drill that could not be deleted is not',
    { ...drill, findings: [...drill.findings, finding('deletion', 'fail')] },
    /^2 checks failed\. nightshift-drill-\S+ may still be there/,
  ],
  [
    'what was never available is said not to be',
    { ...recovery, address: null },
    /nothing was restored that could be asked.* was not deleted/,
  ],
])('where a check failed, %s', (_title, report, message) => {
  expect(describeFailedRestore(report)).toMatch(message);
});

test.each([
  [{ message: 'Restore started', instance: 'a', region: 'us-west-1' }, 'Restoring to a in us-west-1'],
  [{ message: 'Restored instance', instance: 'a', status: 'creating' }, 'a is creating'],
  [{ message: 'Question answered', question: 'opens', seconds: 1.2, failed: 0 }, 'Asked: opens, in 1.2 s'],
  [
    { message: 'Question answered', question: 'amcheck', seconds: 9, failed: 2 },
    'Asked: amcheck, in 9 s: 2 FAILED',
  ],
  [{ message: 'Batch archived', table: 'a' }, undefined],
])('the log entry %j is told as %j', (fields, told) => {
  expect(describeRestoreEntry(parseLogLine(JSON.stringify(fields)))).toBe(told);
});
