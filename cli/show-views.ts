import type { PlannedView, PlanReport } from '../functions/matview-refresh/planned-view.ts';
import type { MatviewRefreshReport, RunReport } from '../functions/matview-refresh/report.ts';
import type { ViewOutcome } from '../functions/matview-refresh/view-outcome.ts';
import { visible } from '../shared/verify/visible.ts';
import { formatTable } from './table.ts';
import { formatBytes, formatCount, formatSeconds, formatTime } from './units.ts';

/** What matview-refresh would do, or did, for people. */
export function describeRefreshReport(report: MatviewRefreshReport): string {
  return report.kind === 'plan' ? describePlan(report) : describeRun(report);
}

const joined = (parts: readonly string[]) => parts.filter((part) => part !== '').join('\n\n');

function describePlan({ database, slot, views }: PlanReport): string {
  if (views.length === 0) return `${database} has no materialized view that is to be looked at.`;
  return joined([
    `Plan for ${database}, slot ${slot}, in this order. Nothing was changed.`,
    formatTable(['view', 'would', 'after', 'because'], views.map(describePlanned)),
    views.flatMap(describeRemedy).join('\n'),
    countPlanned(views),
  ]);
}

const shouted: Partial<Record<PlannedView['kind'], string>> = {
  refuse: 'be REFUSED',
  'held up': 'be HELD UP',
};

function describePlanned({ view, kind, method, reason, after }: PlannedView): string[] {
  const isPlain = method?.startsWith('plain') === true;
  const [first = '-', ...more] = after;
  return [
    visible(view),
    shouted[kind] ?? (isPlain ? 'refresh, plain' : kind),
    visible(more.length > 0 ? `${first} and ${formatCount(more.length)} more` : first),
    // That readers go on is the rule, and needs no words.
    visible(isPlain ? `${reason}; ${method}` : reason),
  ];
}

/** On a line of its own, to be copied. */
function describeRemedy({ view, remedy }: Pick<PlannedView, 'view' | 'remedy'>): string[] {
  return remedy === null ? [] : [`${visible(view)}:\n    → ${visible(remedy)}`];
}

const told: readonly (readonly [PlannedView['kind'], string])[] = [
  ['refresh', 'to be refreshed'],
  ['skip', 'to be skipped'],
  ['postpone', 'to be left for the window'],
  ['refuse', 'REFUSED'],
  ['held up', 'HELD UP by one that cannot be refreshed'],
];

function countPlanned(views: readonly PlannedView[]): string {
  const counts = told.flatMap(([kind, words]) => {
    const count = views.filter((view) => view.kind === kind).length;
    return count > 0 ? [`${formatCount(count)} ${words}`] : [];
  });
  return `${counts.join(', ')}.`;
}

const numbers = ['took', 'rows', 'size', 'grown'];

function describeRun({ views, counts, stale }: RunReport): string {
  const header = ['view', 'was', 'how', 'took', 'rows', 'size', 'grown', 'holds what was at'];
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const untold = all - views.length;
  return joined([
    views.length > 0 ? formatTable(header, views.map(describeOutcome), numbers) : '',
    untold > 0 ? `… and ${formatCount(untold)} more, of which nightshift.view_refreshes knows.` : '',
    views.flatMap(describeTrouble).join('\n'),
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([status, count]) => `${formatCount(count)} ${status}`)
      .join(', ') || 'There was no view to look at.',
    stale.length > 0 ? `OLDER THAN PROMISED: ${visible(stale.join(', '))}` : '',
  ]);
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
    visible(view),
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

function describeTrouble({ view, status, reason, remedy }: ViewOutcome): string[] {
  if (reason === null || status === 'refreshed' || status === 'skipped') return [];
  return [`${visible(view)}: ${visible(reason)}${remedy === null ? '' : `\n    → ${visible(remedy)}`}`];
}
