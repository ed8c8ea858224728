import type {
  MatviewRefreshReport,
  PlannedView,
  PlanReport,
  RunReport,
} from '../functions/matview-refresh/report.ts';
import type { ViewOutcome } from '../functions/matview-refresh/view-outcome.ts';
import { formatTable } from './table.ts';
import { formatBytes, formatCount, formatSeconds, formatTime } from './units.ts';

/** What matview-refresh would do, or did, for people. */
export function describeRefreshReport(report: MatviewRefreshReport): string {
  return report.kind === 'plan' ? describePlan(report) : describeRun(report);
}

function describePlan({ database, slot, views }: PlanReport): string {
  const rows = views.map(({ view, kind, after }) => [
    view,
    kind === 'refuse' ? 'be REFUSED' : kind,
    after.join(', ') || '-',
  ]);
  return [
    `Plan for ${database}, slot ${slot}, in this order. Nothing was changed.`,
    views.length > 0
      ? formatTable(['view', 'would', 'after'], rows)
      : 'The database has no materialized view that is to be looked at.',
    views.map(describeReason).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function describeReason({ view, reason, method, remedy }: PlannedView): string {
  const how = method === null ? '' : `; ${method}`;
  return `${view}: ${reason}${how}${remedy === null ? '' : `\n    → ${remedy}`}`;
}

const numbers = ['took', 'rows', 'size', 'grown'];

function describeRun({ views, counts, stale }: RunReport): string {
  const header = ['view', 'was', 'how', 'took', 'rows', 'size', 'grown', 'holds what was at'];
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    views.length > 0 ? formatTable(header, views.map(describeOutcome), numbers) : '',
    views.flatMap(describeTrouble).join('\n'),
    told.map(([status, count]) => `${formatCount(count)} ${status}`).join(', ') ||
      'There was no view to look at.',
    stale.length > 0 ? `OLDER THAN PROMISED: ${stale.join(', ')}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function describeOutcome({
  view,
  status,
  method,
  seconds,
  rows,
  bytes,
  grownBytes,
  asOf,
}: ViewOutcome): string[] {
  return [
    view,
    status === 'failed' || status === 'refused' ? status.toUpperCase() : status,
    status === 'refreshed' ? (method ?? '-') : '-',
    status === 'refreshed' && seconds !== null ? formatSeconds(seconds) : '-',
    rows === null ? '-' : formatCount(rows),
    formatBytes(bytes),
    grownBytes === null || status !== 'refreshed'
      ? '-'
      : `${grownBytes < 0 ? '-' : ''}${formatBytes(Math.abs(grownBytes))}`,
    formatTime(asOf),
  ];
}

/** The remedy on a line of its own, to be copied. */
function describeTrouble({ view, status, reason, remedy }: ViewOutcome): string[] {
  if (reason === null || status === 'refreshed' || status === 'skipped') return [];
  return [`${view}: ${reason}${remedy === null ? '' : `\n    → ${remedy}`}`];
}
