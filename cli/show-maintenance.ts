import type { MaintenanceOutcome } from '../functions/db-maintenance/outcome.ts';
import type { Notice, Untouched } from '../functions/db-maintenance/plan.ts';
import type {
  DbMaintenanceReport,
  EndReport,
  PlanReport,
  RunReport,
} from '../functions/db-maintenance/report.ts';
import { formatTable } from './table.ts';
import { formatBytes, formatCount, formatSeconds } from './units.ts';

/** What db-maintenance would do, or did, for people. */
export function describeMaintenanceReport(report: DbMaintenanceReport): string {
  switch (report.kind) {
    case 'plan':
      return describePlan(report);
    case 'run':
      return describeRun(report);
    case 'sessions':
      return describeEnds(report);
  }
}

function describePlan({ actions, untouched, notices, unnamed }: PlanReport): string {
  const rows = actions.map(({ target, kind, bytes, expectedSeconds, reason }) => [
    target,
    kind,
    formatBytes(bytes),
    expectedSeconds === null ? '-' : formatSeconds(expectedSeconds),
    reason,
  ]);
  const header = ['what', 'would', 'size', 'takes', 'because'];
  return joined([
    'The plan, in this order. Nothing was changed.',
    rows.length > 0 ? formatTable(header, rows, ['size', 'takes']) : 'There is nothing to do.',
    ...describeRest(untouched, notices, unnamed),
  ]);
}

function describeRun({ outcomes, untouched, notices, unnamed, unfinished, broken }: RunReport): string {
  const header = ['what', 'was to', 'ended as', 'took', 'before', 'after', 'because'];
  return joined([
    outcomes.length > 0
      ? formatTable(header, outcomes.map(describeOutcome), ['took', 'before', 'after'])
      : 'Nothing needed to be done.',
    outcomes
      .flatMap(({ target, remedy }) => (remedy === null ? [] : [`${target}\n    → ${remedy}`]))
      .join('\n'),
    ...describeRest(untouched, notices, unnamed),
    broken.map(({ phase, reason }) => `The phase “${phase}” ENDED EARLY: ${reason}`).join('\n'),
    unfinished.length > 0
      ? `The time did not suffice for: ${unfinished.join(', ')}. The next run goes on.`
      : '',
  ]);
}

function describeOutcome(outcome: MaintenanceOutcome): string[] {
  const { target, kind, status, seconds, before, after, reason } = outcome;
  const isGood = status === 'done' || status === 'postponed' || status === 'running';
  return [
    target,
    kind,
    isGood ? status : status.toUpperCase(),
    formatSeconds(seconds),
    amount(before),
    amount(after),
    reason,
  ];
}

/** Dead rows of a table, the size of an index. */
function amount({ deadRows, bytes }: MaintenanceOutcome['before']): string {
  if (typeof deadRows === 'number') return `${formatCount(deadRows)} dead`;
  return typeof bytes === 'number' ? formatBytes(bytes) : '-';
}

function describeEnds({ planned, outcomes, untouched }: EndReport): string {
  const all = [
    ...planned.map(({ target, reason }) => [target, 'would be ended', reason]),
    ...outcomes.map(({ target, ended, reason }) => [target, ended, reason]),
  ];
  return joined([
    all.length > 0 ? formatTable(['session', 'how', 'because'], all) : 'No session is over its limit.',
    ...describeRest(untouched, [], 0),
  ]);
}

type Left = Omit<Untouched, 'kind'> & Partial<Pick<Untouched, 'kind'>>;

/** The remedy on a line of its own, to be copied. */
function describeRest(untouched: readonly Left[], notices: readonly Notice[], unnamed: number): string[] {
  const withRemedy = (line: string, remedy: string | null) =>
    remedy === null ? line : `${line}\n    → ${remedy}`;
  return [
    untouched
      .map(({ target, reason, remedy, kind }) =>
        withRemedy(`${target} is ${kind === 'refuse' ? 'REFUSED' : 'left alone'}: ${reason}`, remedy),
      )
      .join('\n'),
    notices
      .map(({ target, kind, bytes, reason, remedy }) =>
        withRemedy(`${target}: ${kind}, ${formatBytes(bytes)}: ${reason}`, remedy),
      )
      .join('\n'),
    unnamed > 0 ? `And ${formatCount(unnamed)} more.` : '',
  ];
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
