import type { MatviewRefreshConfig } from '../../shared/config/matview-refresh.ts';
import { formatTableName, spellTableName } from '../../shared/config/table-name.ts';
import { describeWindow, windowEnd } from '../../shared/config/window.ts';
import type { Task } from './critical-path.ts';
import type { MatviewRefreshRequest } from './event.ts';
import { descendantsOf, inOrder, type ViewGraph, type ViewNode } from './graph.ts';

export const jobName = 'matview-refresh';

export type Method = 'concurrently' | 'plain';

interface Action<Kind extends string> {
  readonly kind: Kind;
  /** The view, as `formatTableName` spells it. */
  readonly target: string;
  readonly reason: string;
}

export interface RefreshAction extends Action<'refresh'>, Task {
  readonly method: Method;
  /** Why not the other one. */
  readonly methodReason: string;
  readonly timeLimitSeconds: number;
  /** What would let its readers go on, where they have to wait; null where they need not, or nothing would. */
  readonly remedy: string | null;
  /** Milliseconds since 1970: the end of the window in which its readers may wait; null where they do not, or always may. */
  readonly notAfter: number | null;
}

/** Nothing that it reads has changed. */
export interface SkipAction extends Action<'skip'>, Task {
  readonly asOf: string;
  /** What is done where the refresh of a parent changes that. */
  readonly otherwise: RefreshAction | PostponeAction | RefuseAction;
}

/** Its readers would have to wait: it is left for the maintenance window. */
export interface PostponeAction extends Action<'postpone'>, Task {
  /** What would let its readers go on, at any time; null where nothing would. */
  readonly remedy: string | null;
}

export interface RefuseAction extends Action<'refuse'>, Task {
  /** The statement or setting that mends it; null where there is none. */
  readonly remedy: string | null;
}

export type ViewAction = RefreshAction | SkipAction | PostponeAction | RefuseAction;

/** Why a view need not be refreshed as of a moment, or must be. */
export type Verdict =
  | { readonly fresh: true; readonly asOf: string }
  | { readonly fresh: false; readonly because: string };

/** What is known of a view's earlier refreshes. */
export interface ViewHistory {
  /** Of the last one by each method; null where there was none. */
  readonly seconds: Readonly<Record<Method, number | null>>;
  /** Whether another session holds a lock on the view now. */
  readonly isRead: boolean;
}

export interface PlanFacts {
  readonly graph: ViewGraph;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly history: ReadonlyMap<string, ViewHistory>;
}

/** Where nothing was measured yet, as much as a small view takes: a second for each 20 MB. */
const bytesPerSecond = 20_000_000;
/** Readers are locked out only where it saves as much as this. */
const worthLocking = 2;

/** One action for each view that is to be looked at, each after all that it reads. */
export function planRefresh(
  facts: PlanFacts,
  request: Pick<MatviewRefreshRequest, 'settings' | 'views' | 'withDependents' | 'force'>,
  now: Date,
): ViewAction[] {
  const { graph } = facts;
  const wanted = chosen(graph, request);
  const known = new Set(graph.views.map(formatTableName));
  const missing = [...namesGiven(request)].filter((name) => !known.has(name));
  return [
    ...missing.map((name) => unknownView(name, request.views === null ? 'the config' : 'the event')),
    ...inOrder(graph)
      .filter(({ id }) => wanted.has(id))
      .map((view) => judge(view, facts, request, now)),
  ];
}

/** Ids of the views that are to be looked at. */
function chosen(
  graph: ViewGraph,
  { settings, views, withDependents }: Pick<MatviewRefreshRequest, 'settings' | 'views' | 'withDependents'>,
): Set<string> {
  const leftOut = new Set(settings.leaveOut.map(spellTableName));
  const names = new Set(views ?? settings.views?.map(spellTableName) ?? graph.views.map(formatTableName));
  const ids = graph.views.filter((view) => names.has(formatTableName(view))).map(({ id }) => id);
  const all = withDependents ? [...ids, ...ids.flatMap((id) => [...descendantsOf(graph, id)])] : ids;
  const leftOutIds = new Set(
    graph.views.filter((view) => leftOut.has(formatTableName(view))).map(({ id }) => id),
  );
  // Whoever asks for a view by its name gets it, also where the nights leave it out.
  return new Set(all.filter((id) => !leftOutIds.has(id) || (views !== null && ids.includes(id))));
}

function namesGiven({ settings, views }: Pick<MatviewRefreshRequest, 'settings' | 'views'>): Set<string> {
  // Whoever asks for one view does not ask about the others in the config.
  if (views !== null) return new Set(views);
  return new Set([...(settings.views ?? []), ...Object.keys(settings.perView)].map(spellTableName));
}

function unknownView(name: string, namedIn: string): RefuseAction {
  return {
    kind: 'refuse',
    target: name,
    id: `unknown:${name}`,
    parents: [],
    seconds: 0,
    reason: 'the database has no materialized view of this name',
    remedy: `Correct the name (schema.name), or take it out of ${namedIn}.`,
  };
}

function judge(
  view: ViewNode,
  { graph, verdicts, history }: PlanFacts,
  { settings, force }: Pick<MatviewRefreshRequest, 'settings' | 'force'>,
  now: Date,
): ViewAction {
  const target = formatTableName(view);
  const own = settingsOf(settings, target);
  const past = history.get(view.id);
  const ids = new Set(graph.views.map(({ id }) => id));
  const task = {
    target,
    id: view.id,
    parents: view.reads.filter((id) => ids.has(id)),
    seconds: past?.seconds.concurrently ?? past?.seconds.plain ?? view.bytes / bytesPerSecond,
  };
  const refusal = refusalOf(view);
  if (refusal) return { kind: 'refuse', ...task, ...refusal };
  const verdict = verdictOn(view, verdicts);
  const method = methodOf(view, past, { settings, own: own.method }, now);
  const otherwise =
    method.kind === 'none'
      ? { ...method.action, ...task }
      : {
          kind: 'refresh' as const,
          ...task,
          reason: reasonOf(verdict, force),
          method: method.method,
          methodReason: method.because,
          remedy: method.remedy,
          notAfter: method.notAfter,
          timeLimitSeconds: (own.timeLimitMinutes ?? settings.timeLimitMinutes) * 60,
        };
  if (!verdict?.fresh || force) return otherwise;
  return {
    kind: 'skip',
    ...task,
    reason: 'nothing that it reads has changed',
    asOf: verdict.asOf,
    otherwise,
  };
}

function verdictOn(
  { id, alwaysBecause }: ViewNode,
  verdicts: ReadonlyMap<string, Verdict>,
): Verdict | undefined {
  return alwaysBecause === null ? verdicts.get(id) : { fresh: false, because: alwaysBecause };
}

function reasonOf(verdict: Verdict | undefined, force: boolean): string {
  if (verdict && !verdict.fresh) return verdict.because;
  return force ? 'asked for, whether it has changed or not' : 'what it reads was refreshed, and has changed';
}

type OwnSettings = MatviewRefreshConfig['perView'][string];

/** What the config says of one view, however it spells its name. */
export function settingsOf(
  { perView }: Pick<MatviewRefreshConfig, 'perView'>,
  target: string,
): Partial<OwnSettings> {
  return Object.entries(perView).find(([name]) => spellTableName(name) === target)?.[1] ?? {};
}

function refusalOf({ mayRefresh, owner, mendOwnership }: ViewNode) {
  if (mayRefresh) return undefined;
  return {
    reason: `it belongs to ${JSON.stringify(owner)}, and the role that Nightshift signs in as may not refresh it`,
    remedy: mendOwnership,
  };
}

type Chosen =
  | {
      readonly kind: 'method';
      readonly method: Method;
      readonly because: string;
      readonly remedy: string | null;
      readonly notAfter: RefreshAction['notAfter'];
    }
  | {
      readonly kind: 'none';
      readonly action: Pick<PostponeAction | RefuseAction, 'kind' | 'reason' | 'remedy'>;
    };

function methodOf(
  { populated, uniqueIndex, suggestedIndex }: ViewNode,
  past: ViewHistory | undefined,
  { settings, own }: { readonly settings: MatviewRefreshConfig; readonly own: Method | undefined },
  now: Date,
): Chosen {
  const method = (chosenMethod: Method, because: string, notAfter: number | null = null): Chosen => ({
    kind: 'method',
    method: chosenMethod,
    because,
    remedy: null,
    notAfter,
  });
  if (!populated) return method('plain', 'it has never been filled, so that nobody can read it');
  const { window } = settings;
  const closes = window && windowEnd(window, now);
  const inWindow = closes !== undefined;
  if (own === 'plain' && (window === undefined || inWindow))
    return method('plain', 'the config says so', closes);
  if (own !== 'plain' && uniqueIndex !== null) {
    const dearer = inWindow && own === undefined && past ? dearerThanPlain(past) : undefined;
    return dearer === undefined
      ? method('concurrently', 'its readers go on')
      : method('plain', dearer, closes);
  }
  const remedy =
    own === 'plain' || suggestedIndex === null ? null : `${suggestedIndex}; -- lets its readers go on`;
  if (inWindow) {
    const because = 'it has no suitable unique index, and this is the maintenance window';
    return { kind: 'method', method: 'plain', because, remedy, notAfter: closes };
  }
  const because =
    own === 'plain'
      ? 'the config has it refreshed plain, so that its readers must wait'
      : 'its readers would have to wait: it has no unique index that CONCURRENTLY could use';
  if (window !== undefined) {
    return {
      kind: 'none',
      action: {
        kind: 'postpone',
        reason: `${because}. Left for the window, ${describeWindow(window)}`,
        remedy,
      },
    };
  }
  const orWindow = 'set "window", the hours in which readers may wait';
  const mend =
    suggestedIndex === null
      ? `Create a unique index on plain columns over all of its rows, or ${orWindow}.`
      : `${suggestedIndex}; -- or ${orWindow}`;
  return { kind: 'none', action: { kind: 'refuse', reason: because, remedy: mend } };
}

/** Measured: CONCURRENTLY compares the whole view with its new contents, which is dear where much of it changes. */
function dearerThanPlain({ seconds, isRead }: ViewHistory): string | undefined {
  const { concurrently, plain } = seconds;
  if (isRead || concurrently === null || plain === null || concurrently < plain * worthLocking)
    return undefined;
  return `CONCURRENTLY took ${concurrently.toFixed(1)} s the last time and plain ${plain.toFixed(1)} s, nobody reads it now, and this is the maintenance window`;
}
