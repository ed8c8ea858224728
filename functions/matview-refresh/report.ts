import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { describeSeconds, describeStale, describeView } from './describe-view.ts';
import type { MatviewRefreshRequest } from './event.ts';
import type { PlanReport } from './planned-view.ts';
import { type Asked, askedOf } from './same-request.ts';
import { ageHours, isBad, isStale, type ViewOutcome, type ViewStatus } from './view-outcome.ts';

/** This job's part of the run record. */
export interface RunReport {
  readonly kind: 'run';
  /** Left out in older records. */
  readonly asked?: Asked;
  /** Where they are very many, those that somebody has to see to, and then some of the others. */
  readonly views: readonly ViewOutcome[];
  readonly counts: Readonly<Record<ViewStatus, number>>;
  /** Names of views that are older than their objective, as many as `views` may be. */
  readonly stale: readonly string[];
}

export type MatviewRefreshReport = PlanReport | RunReport;

export interface Done {
  readonly request: Pick<MatviewRefreshRequest, 'database' | 'slot' | keyof Asked>;
  readonly stage: string;
  readonly views: readonly ViewOutcome[];
  /** When they were looked at. */
  readonly at: Date;
}

/** A run record is read by people, and passes through a checkpoint of 256 KB. */
const shownAtMost = { views: 500, characters: 160_000, stale: 200 };
/** A message, or an error, of more lines is read by nobody; SNS takes 256 KB. */
const toldAtMost = 100;

export function reportRun(done: Done): Outcome<RunReport> {
  const { views, at } = done;
  const asked = askedOf(done.request);
  const report: RunReport = {
    kind: 'run',
    asked,
    views: mostTelling(views, shownAtMost.characters - JSON.stringify(asked).length),
    counts: countAll(views),
    stale: views
      .filter((view) => isStale(view, at))
      .slice(0, shownAtMost.stale)
      .map(({ view }) => view),
  };
  return { report, measurements: measure(done), message: tell(done, report) };
}

/** In their order, and as many as there is room for: first those that somebody has to see to. */
function mostTelling(views: readonly ViewOutcome[], characters: number): ViewOutcome[] {
  const ranked = views.toSorted((a, b) => rank(a) - rank(b)).slice(0, shownAtMost.views);
  let room = characters;
  const kept = new Set<ViewOutcome>();
  for (const view of ranked) {
    room -= JSON.stringify(view).length;
    if (room < 0) break;
    kept.add(view);
  }
  return views.filter((view) => kept.has(view));
}

const lesser: readonly ViewStatus[] = ['unfinished', 'postponed', 'refreshed', 'skipped'];
/** What is bad comes first. */
const rank = ({ status }: ViewOutcome) => lesser.indexOf(status);

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
  return [
    { name: 'ViewsRefreshed', unit: 'Count', value: counts.refreshed },
    { name: 'ViewsSkipped', unit: 'Count', value: counts.skipped },
    { name: 'ViewsUnfinished', unit: 'Count', value: counts.unfinished },
    { name: 'ViewsFailed', unit: 'Count', value: views.filter(isBad).length },
    { name: 'ViewsStale', unit: 'Count', value: views.filter((view) => isStale(view, at)).length },
    { name: 'RefreshSeconds', unit: 'Seconds', value: refreshSeconds(views) },
    ...(ages.length > 0
      ? [{ name: 'OldestViewHours', unit: 'Count' as const, value: Math.max(...ages) }]
      : []),
  ];
}

function refreshSeconds(views: readonly ViewOutcome[]): number {
  return views
    .filter(({ status }) => status === 'refreshed')
    .reduce((sum, view) => sum + (view.seconds ?? 0), 0);
}

/** What the run is to fail with at its end, view by view; undefined where nothing failed and nothing is stale. */
export function failureOf({ views, at }: Pick<Done, 'views' | 'at'>): string | undefined {
  const failed = views.filter(isBad);
  const stale = views.filter((view) => !isBad(view) && isStale(view, at));
  if (failed.length + stale.length === 0) return undefined;
  const heading = [
    ...(failed.length > 0
      ? [`${failed.length} of ${ofViews(views.length)} could not be brought up to date`]
      : []),
    ...(stale.length > 0
      ? [`${ofViews(stale.length)} ${stale.length === 1 ? 'is' : 'are'} older than promised`]
      : []),
  ].join('; ');
  const holds = failed.length + stale.length === 1 ? 'It holds' : 'Each holds';
  const lines = [
    // What only waits for another is mended with it.
    ...failed.toSorted((a, b) => Number(isHeldUp(a)) - Number(isHeldUp(b))).map(describeView),
    ...stale.map((view) => describeStale(view, at)),
  ];
  return [`${heading}. ${holds} what it held before.`, shortened(lines), others(views.length - lines.length)]
    .filter((part) => part !== '')
    .join('\n\n');
}

const isHeldUp = ({ status }: ViewOutcome) => status === 'held up';

function shortened(lines: readonly string[]): string {
  const more = lines.length - toldAtMost;
  return [
    ...lines.slice(0, toldAtMost),
    ...(more > 0 ? [`… and ${more.toLocaleString('en-US')} more.`] : []),
  ].join('\n');
}

function others(good: number): string {
  if (good === 0) return '';
  return good === 1
    ? 'The other one is as it should be.'
    : `The ${good.toLocaleString('en-US')} others are as they should be.`;
}

const ofViews = (number: number) => `${number.toLocaleString('en-US')} ${number === 1 ? 'view' : 'views'}`;

function tell({ request, stage, views }: Done, { counts }: RunReport): Message {
  const parts = [
    `${counts.refreshed} refreshed`,
    `${counts.skipped} unchanged`,
    ...(counts.postponed > 0 ? [`${counts.postponed} left for the window`] : []),
    ...(counts.unfinished > 0 ? [`${counts.unfinished} unfinished`] : []),
  ];
  const lines = views
    .filter(({ status }) => status !== 'skipped')
    .toSorted((a, b) => rank(a) - rank(b))
    .map(describeView);
  return {
    subject: `Nightshift ${stage}: ${request.database} views: ${parts.join(', ')}, slot ${request.slot}`,
    text: [
      ...(lines.length > 0 ? [shortened(lines)] : []),
      ...(counts.refreshed > 1
        ? [`The refreshes took ${describeSeconds(refreshSeconds(views))} in all.`]
        : []),
      ...(counts.skipped > 0 ? [`${ofViews(counts.skipped)} had nothing new to show.`] : []),
      // SNS takes no message without a text.
      ...(views.length === 0 ? ['There was no view to look at.'] : []),
    ].join('\n'),
  };
}
