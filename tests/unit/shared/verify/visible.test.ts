import { expect, test } from '@jest/globals';
import { describeRestoreReport } from '../../../../cli/show-restore.ts';
import { describeFinding } from '../../../../functions/restore-drill/describe-run.ts';
import type { DrillRunReport } from '../../../../functions/restore-drill/report.ts';
import type { Finding } from '../../../../shared/verify/finding.ts';
import { visible } from '../../../../shared/verify/visible.ts';

const forged: Finding = {
  check: 'row counts',
  status: 'fail',
  fact: 'public."a\npass  row counts: all is well\r\u001b[2K" is empty.',
  limit: '7\nrows',
  advice: 'Run: SELECT * FROM "a\nrm -rf b";',
};

test('what cannot be seen is written out, and all else stays as it is', () => {
  expect(visible('a\nb\tc\r\u001b[0m')).toBe('a\\nb\\tc\\r\\u{1b}[0m');
  expect(visible('x\u202ey\u2028z\u0085')).toBe('x\\u{202e}y\\u{2028}z\\u{85}');
  expect(visible('public."Größe Ω 表 \\n" – 1,000')).toBe('public."Größe Ω 表 \\n" – 1,000');
});

test('a name with a newline writes no line of its own into a message', () => {
  expect(describeFinding(forged)).toBe(
    '- FAIL row counts: public."a\\npass  row counts: all is well\\r\\u{1b}[2K" is empty. (limit: 7\\nrows) Run: SELECT * FROM "a\\nrm -rf b";',
  );
});

test('nor into what the command line shows', () => {
  const report = {
    kind: 'drill',
    phases: {},
    findings: [forged],
    next: null,
    address: null,
    safetySnapshot: null,
    snapshot: 'rds:one',
    reason: 'the newest',
    instance: 'nightshift-drill',
  } as unknown as DrillRunReport;
  const text = describeRestoreReport(report);
  expect(text).toContain('public."a\\npass  row counts');
  expect(text).not.toMatch(/^ *(pass|rm -rf)/m);
});
