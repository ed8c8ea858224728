import { describe, expect, test } from '@jest/globals';
import { type Course, notBegun } from '../../../../functions/restore-drill/course.ts';
import { planRestore } from '../../../../functions/restore-drill/plan.ts';
import { type Done, describeFailures, reportRun } from '../../../../functions/restore-drill/report.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import { context, facts, request, sourceInstance } from '../../../support/drill-facts.ts';

const passed = { check: 'opens', status: 'pass', fact: 'It opens.', limit: null, advice: null } as const;
const failed = {
  check: 'row counts',
  status: 'fail',
  fact: 'public.users is empty.',
  limit: '40 rows',
  advice: 'Restore an older one.',
} as const;

const course: Course = {
  ...notBegun,
  instance: sourceInstance,
  findings: [passed],
  countsKey: 'counts/restore-drill/menotime/2026-01-04-0123456789abcdef.json',
  beganAt: '2026-01-04T07:00:00.000Z',
  availableAt: '2026-01-04T07:08:00.000Z',
  connectedAt: '2026-01-04T07:08:30.000Z',
  askedAt: '2026-01-04T07:20:00.000Z',
  removedAt: '2026-01-04T07:24:00.000Z',
};
const settings = restoreDrill.parse({ recoveryTimeMinutes: 30 });
const done: Done = {
  request: { ...request, settings },
  stage: 'prod',
  plan: planRestore(facts, request, context),
  course,
  past: [{ slot: '2025-12-28', restoring: 500, asking: 700, recoverySeconds: 1_230 }],
};

test('every phase has its time, and the recovery time is from the restore to the last answer', () => {
  const { report, measurements } = reportRun(done);
  expect(report).toMatchObject({
    phases: { restoring: 480, connecting: 30, asking: 690, deleting: 240 },
    recoverySeconds: 1_200,
    recoveryTimeMinutes: 30,
    countsKey: course.countsKey,
  });
  expect(measurements).toContainEqual({ name: 'DrillDuration', unit: 'Seconds', value: 1_200 });
  expect(measurements).toContainEqual({ name: 'DrillChecksFailed', unit: 'Count', value: 0 });
});

test('the message tells what was restored, how long it took, and the trend', () => {
  const { message } = reportRun(done);
  expect(message.subject).toBe('Nightshift prod: menotime restored in a drill');
  expect(message.text).toContain('rds:menotime-prod-2026-01-04-03-00');
  expect(message.text).toContain('2 of 2 checks passed');
  expect(message.text).toMatch(/ {2}2026-01-04: 480, 690, 1200\n {2}2025-12-28: 500, 700, 1230/);
});

test('a recovery that takes longer than was promised is warned of, in the subject too', () => {
  const tight = { ...request, settings: restoreDrill.parse({ recoveryTimeMinutes: 10 }) };
  const { report, message } = reportRun({ ...done, request: tight });
  expect(report.findings.at(-1)).toMatchObject({ check: 'recovery time', status: 'warn', limit: '10 min' });
  expect(message.subject).toContain('1 warned');
});

test('what did not come to its end has no duration that would pull an average down', () => {
  const stuck = { ...notBegun, beganAt: course.beganAt, findings: [failed], removedAt: course.removedAt };
  const { report, measurements } = reportRun({ ...done, course: stuck });
  expect(report).toMatchObject({ recoverySeconds: 0, engineVersion: 'unknown' });
  expect(report.findings).toEqual([failed]);
  expect(measurements.map(({ name }) => name)).toEqual(['DrillChecksFailed', 'DrillChecksWarned']);
});

test('a failure is told with all its failures first, each with its limit and advice', () => {
  const second = { ...failed, check: 'amcheck', fact: 'A page is damaged.' };
  const { report } = reportRun({ ...done, course: { ...course, findings: [passed, failed, second] } });
  const text = describeFailures(done, report);
  expect(text).toMatch(
    /^The drill of menotime found 2 failures:\n- FAIL row counts: public\.users is empty\. \(limit: 40 rows\) Restore an older one\.\n- FAIL amcheck: A page is damaged\./,
  );
});

describe('a real restore', () => {
  const real = { ...request, keptAs: 'menotime-new' };
  const kept = { ...done, request: real, plan: planRestore(facts, real, context) };

  test('says how to cut over and how to go back, with the commands', () => {
    const safety = { identifier: 'nightshift-safety-prod-menotime', seconds: 30 };
    const { report, message } = reportRun({ ...kept, course: { ...course, safety } });
    expect(report).toMatchObject({ kind: 'recovery', address: 'menotime-prod.example:5432' });
    expect(message.subject).toContain('restored to menotime-new');
    expect(message.text).toContain(
      '--db-instance-identifier menotime-new --new-db-instance-identifier menotime-prod',
    );
    expect(message.text).toContain(
      '--db-instance-identifier menotime-prod-old --new-db-instance-identifier menotime-prod',
    );
    expect(message.text).toContain(`nightshift restore ${safety.identifier}`);
  });

  test('does not tell of a safety snapshot that could not be taken', () => {
    const { report, message } = reportRun(kept);
    expect(report.safetySnapshot).toBeNull();
    expect(message.text).toContain('There is no safety snapshot: take one of menotime-prod');
  });

  test('of an instance that is gone leads nowhere back', () => {
    const plan = planRestore({ ...facts, source: null }, real, context);
    const { message } = reportRun({ ...kept, plan });
    expect(message.text).toContain('menotime-prod was gone before this restore');
    expect(message.text).not.toContain('menotime-prod-old');
  });

  test('that came to nothing names no command that renames the source', () => {
    const short = { ...failed, check: 'restore', fact: 'AWS has no instance of this class.' };
    const none = { ...kept, course: { ...notBegun, beganAt: course.beganAt, findings: [short] } };
    const { report, message } = reportRun(none);
    expect(report).toMatchObject({ next: null, address: null, available: false });
    for (const text of [message.text, describeFailures(none, report)]) {
      expect(text).toContain('was not restored');
      expect(text).toContain('There is nothing to cut over to.');
      expect(text).not.toContain('modify-db-instance');
    }
  });

  test('whose checks failed says so before it says how to cut over', () => {
    const { message } = reportRun({ ...kept, course: { ...course, findings: [failed] } });
    expect(message.text).toMatch(/Checks failed: [^\n]*\n *To cut over:/);
  });

  test('has a pause between two renames, for RDS takes minutes over the first', () => {
    const { report } = reportRun(kept);
    const lines = report.next?.cutOver ?? [];
    const renames = lines.flatMap((line, at) => (line.includes('modify-db-instance') ? [at] : []));
    expect(renames).toHaveLength(2);
    expect(lines.slice(...renames).join()).toMatch(/describe-db-instances .*menotime-prod-old$/);
  });

  test('counts apart from drills', () => {
    expect(reportRun(kept).measurements.every(({ name }) => name.startsWith('Recovery'))).toBe(true);
  });
});
