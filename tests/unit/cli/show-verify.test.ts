import { expect, test } from '@jest/globals';
import { describeVerifyReport } from '../../../cli/show-verify.ts';
import { checkAll } from '../../../functions/backup-verify/checks.ts';
import { reportRun } from '../../../functions/backup-verify/report.ts';
import { expected, withInstance } from '../../support/verify-facts.ts';

test('findings as a table, the worst first, then what to do, then the verdict', () => {
  const facts = withInstance({ publiclyAccessible: true, backupWindow: '01:00-01:30' });
  const { report } = reportRun({
    request: expected,
    stage: 'prod',
    facts,
    findings: checkAll(facts, expected),
  });
  const [table = '', advice = '', verdict = ''] = describeVerifyReport(report).split('\n\n');
  const [header, , ...rows] = table.split('\n');
  expect(header).toMatch(/^status +check +limit +found$/);
  expect(rows.map((row) => row.split('  ')[0]).slice(0, 3)).toEqual(['FAIL', 'warn', 'pass']);
  expect(rows[0]).toMatch(/^FAIL +public access +the config: off +The instance has a public address\.$/);
  expect(advice).toMatch(
    /^What to do:\n {2}public access: .*--no-publicly-accessible.*\n {2}backup window: /,
  );
  expect(verdict).toMatch(/^Verdict: in doubt: public access: The instance has a public address\./);
});
