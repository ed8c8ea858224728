import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import type { MatviewRefreshRequest } from './event.ts';
import type { ViewAction } from './plan.ts';
import { ageHours, isBad, isStale, type ViewOutcome, type ViewStatus } from './view-outcome.ts';

/** One view in a dry run's answer, in the order in which they would be refreshed. */
export interface PlannedView {
  readonly kind: ViewAction['kind'];
  readonly view: string;
  readonly reason: string;
  /** Of a refresh: how, and why so. */
  readonly method: string | null;
  /** What mends a refusal. */
  readonly remedy: string | null;
  /** Other views that go before it. */
  readonly after: readonly string[];
}

/** What a dry run answers: the graph in order, with the reason for each view. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly database: string;
  readonly slot: string;
  readonly views: readonly PlannedView[];
}

/** This job's part of the run record. */
export interface RunReport {
  readonly kind: 'run';
  /** Every view but, where they are many, those that were skipped. */
  readonly views: readonly ViewOutcome[];
  readonly counts: Readonly<Record<ViewStatus, number>>;
  /** Names of views that are older than their objective. */
  readonly stale: readonly string[];
}

export type MatviewRefreshReport = PlanReport | RunReport;

export function reportPlan(
  { database, slot }: Pick<MatviewRefreshRequest, 'database' | 'slot'>,
  actions: readonly ViewAction[],
): Outcome<MatviewRefreshReport> {
  const names = new Map(actions.map(({ id, target }) => [id, target]));
  const views = actions.map((action) => ({
    kind: action.kind,
    view: action.target,
    reason: action.reason,
    method: action.kind === 'refresh' ? `${action.method}: ${action.methodReason}` : null,
    remedy: action.kind === 'refuse' ? action.remedy : null,
    after: action.parents.flatMap((id) => names.get(id) ?? []),
  }));
  return {
    report: { kind: 'plan', database, slot, views },
    measurements: [],
    message: { subject: '', text: '' },
  };
}

export interface Done {
  readonly request: Pick<MatviewRefreshRequest, 'database' | 'slot'>;
  readonly stage: string;
  readonly views: readonly ViewOutcome[];
  /** When they were looked at. */
  readonly at: Date;
}

/** A run record is read by people: of more than so many views only those that were not skipped are in it. */
const shownAtMost = 500;

export function reportRun(done: Done): Outcome<RunReport> {
  const { views, at } = done;
  const report: RunReport = {
    kind: 'run',
    views: views.length <= shownAtMost ? views : views.filter(({ status }) => status !== 'skipped'),
    counts: countAll(views),
    stale: views.filter((view) => isStale(view, at)).map(({ view }) => view),
  };
  return { report, measurements: measure(done), message: tell(done, report) };
}

function countAll(views: readonly ViewOutcome[]): Record<ViewStatus, number> {
  const counts: Record<ViewStatus, number> = {
    refreshed: 0,
    skipped: 0,
    postponed: 0,
    unfinished: 0,
    failed: 0,
    refused: 0,
    'held up': 0,
  };
  for (const { status } of views) counts[status] += 1;
  return counts;
}

/** The numbers of a run, to be counted also where it fails: the alarm on stale views looks for them. */
export function measure({ views, at }: Pick<Done, 'views' | 'at'>): Measurement[] {
  const counts = countAll(views);
  const ages = views.map((view) => ageHours(view, at)).filter(Number.isFinite);
  const seconds = views
    .filter(({ status }) => status === 'refreshed')
    .reduce((sum, view) => sum + (view.seconds ?? 0), 0);
  return [
    { name: 'ViewsRefreshed', unit: 'Count', value: counts.refreshed },
    { name: 'ViewsSkipped', unit: 'Count', value: counts.skipped },
    { name: 'ViewsUnfinished', unit: 'Count', value: counts.unfinished },
    { name: 'ViewsFailed', unit: 'Count', value: views.filter(isBad).length },
    { name: 'ViewsStale', unit: 'Count', value: views.filter((view) => isStale(view, at)).length },
    { name: 'RefreshSeconds', unit: 'Seconds', value: seconds },
    ...(ages.length > 0
      ? [{ name: 'OldestViewHours', unit: 'Count' as const, value: Math.max(...ages) }]
      : []),
  ];
}

/** What the run is to fail with at its end, view by view; undefined where nothing failed and nothing is stale. */
export function failureOf({ views, at }: Pick<Done, 'views' | 'at'>): string | undefined {
  const failed = views.filter(isBad);
  const stale = views.filter((view) => !isBad(view) && isStale(view, at));
  if (failed.length + stale.length === 0) return undefined;
  const faults = failed.map(describe);
  const old = stale.map((view) => `${describe(view)} ${describeAge(view, at)}`);
  const good = views.length - failed.length - stale.length;
  const heading = [
    ...(failed.length > 0
      ? [`${failed.length} of ${ofViews(views.length)} could not be brought up to date`]
      : []),
    ...(stale.length > 0
      ? [`${ofViews(stale.length)} ${stale.length === 1 ? 'is' : 'are'} older than promised`]
      : []),
  ].join('; ');
  return `${heading}. Each holds what it held before.\n\n${[...faults, ...old].join('\n')}\n\n${others(good)}`;
}

function others(good: number): string {
  return good === 1 ? 'The other one is as it should be.' : `The ${good} others are as they should be.`;
}

const ofViews = (number: number) => `${number} ${number === 1 ? 'view' : 'views'}`;

function describeAge(view: ViewOutcome, at: Date): string {
  const limit = `its limit is ${view.freshWithinHours} h`;
  if (view.asOf === null) return `Nobody knows how old it is; ${limit}.`;
  return `It is ${ageHours(view, at).toFixed(1)} h old; ${limit}.`;
}

/** `public.mv_costs: refreshed (concurrently) in 3.2 s, 1,200 rows, 0.5 MB, 0.1 MB more than before.` */
export function describe(view: ViewOutcome): string {
  const { status, reason, remedy, method, seconds, rows } = view;
  if (status !== 'refreshed') {
    const what = [`${view.view}: ${status}`, reason].filter((part) => part !== null).join(': ');
    return `${what.replace(/\.$/, '')}.${remedy === null ? '' : ` ${remedy}`}`;
  }
  const facts = [
    `refreshed (${method ?? 'plain'})${seconds === null ? '' : ` in ${seconds} s`}`,
    ...(rows === null ? [] : [`${rows.toLocaleString('en-US')} rows`]),
    megabytes(view.bytes),
    ...growth(view),
  ];
  return `${view.view}: ${facts.join(', ')}.`;
}

function growth({ grownBytes }: ViewOutcome): string[] {
  if (grownBytes === null || Math.abs(grownBytes) < 50_000) return [];
  return [`${megabytes(Math.abs(grownBytes))} ${grownBytes > 0 ? 'more' : 'less'} than before`];
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;

function tell({ request, stage, views }: Done, { counts }: RunReport): Message {
  const parts = [
    `${counts.refreshed} refreshed`,
    `${counts.skipped} unchanged`,
    ...(counts.postponed > 0 ? [`${counts.postponed} left for the window`] : []),
    ...(counts.unfinished > 0 ? [`${counts.unfinished} unfinished`] : []),
  ];
  return {
    subject: `Nightshift ${stage}: ${request.database} views: ${parts.join(', ')}, slot ${request.slot}`,
    text: views
      .filter(({ status }) => status !== 'skipped')
      .map(describe)
      .concat(counts.skipped > 0 ? [`${ofViews(counts.skipped)} had nothing new to show.`] : [])
      .join('\n'),
  };
}
