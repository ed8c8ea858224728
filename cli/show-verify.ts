import type { VerifyReport } from '../functions/backup-verify/report.ts';
import { type Finding, worstFirst } from '../shared/verify/finding.ts';
import { formatTable } from './table.ts';

/** What backup-verify found, for people: the worst first, what to do about it, and the verdict. */
export function describeVerifyReport({ findings, verdict }: VerifyReport): string {
  const ordered = worstFirst(findings);
  const advised = ordered.filter(({ status, advice }) => status !== 'pass' && advice !== null);
  return [
    formatTable(
      ['status', 'check', 'limit', 'found'],
      ordered.map(({ status, check, limit, fact }) => [wordFor(status), check, limit ?? '', oneLine(fact)]),
    ),
    ...(advised.length > 0 ? [['What to do:', ...advised.map(describeAdvice)].join('\n')] : []),
    `Verdict: ${verdict.sentence}`,
  ].join('\n\n');
}

function wordFor(status: Finding['status']): string {
  return status === 'fail' ? 'FAIL' : status;
}

function describeAdvice({ check, advice }: Finding): string {
  return `  ${check}: ${(advice ?? '').split('\n').join('\n    ')}`;
}

function oneLine(text: string): string {
  return text.split(/\s*\n\s*/).join(' ');
}
