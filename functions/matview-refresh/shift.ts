import type { Job } from '../../shared/job/job.ts';
import { bringUpToDate, type RefreshContext } from './bring-up-to-date.ts';
import type { MatviewRefreshRequest } from './event.ts';
import type { ViewGraph } from './graph.ts';
import { inDependencyOrder } from './in-dependency-order.ts';
import type { Reach } from './job.ts';
import { planRefresh, type ViewAction } from './plan.ts';
import { readPlanFacts } from './read-plan-facts.ts';
import { begunBefore } from './refresh-view.ts';
import { ended, mayGoOn, type ViewEnd } from './view-end.ts';

/** What a shift leaves to the next; it survives as JSON. Views go by their ids, which are short: there may be thousands. */
export interface ShiftResult {
  readonly refreshed: readonly string[];
  readonly skipped: readonly string[];
  /** Why, by the view's id. */
  readonly failed: Readonly<Record<string, string>>;
  /** By what, by the view's id. */
  readonly heldUp: Readonly<Record<string, string>>;
  /** What is left, with what stood in the way the last time; empty where nothing did. */
  readonly left: Readonly<Record<string, string>>;
  /** Of those, whose refresh goes on in the server. */
  readonly running: readonly string[];
  /** How often a refresh was found to have ended without a commit. */
  readonly lost: Readonly<Record<string, number>>;
  /** How often a lock was not to be had. */
  readonly locked: Readonly<Record<string, number>>;
  /** ISO 8601: as of when the skipped ones are known to hold what they should; null before the first shift. */
  readonly asOf: string | null;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
}

export const firstShift: ShiftResult = {
  refreshed: [],
  skipped: [],
  failed: {},
  heldUp: {},
  left: {},
  running: [],
  lost: {},
  locked: {},
  asOf: null,
  endedAt: 0,
};

export type ShiftJob = Pick<Job<MatviewRefreshRequest>, 'request' | 'log'>;

/**
 * Brings one view after the other up to date, as many side by side as the config says, until all are or the time is
 * up. What the database tells comes first, so that it goes on wherever a shift before, or one that was killed, ended.
 */
export async function workShift(
  job: ShiftJob,
  reach: Reach,
  before: ShiftResult,
  until: number,
): Promise<ShiftResult> {
  // Sessions are waited for no longer than leaves time for the work.
  const settleSeconds = Math.min(job.request.settings.settleSeconds, (until - Date.now()) / 2_000);
  const { graph, actions: planned } = await planNow(job, reach, { settleSeconds });
  const actions = planned.filter(isThere);
  const byId = new Map(actions.map((action) => [action.id, action]));
  const ids = actions.map(({ id }) => id);
  const context: RefreshContext = {
    ...reach,
    begun: await reach.connect((client) => begunBefore(client, ids, job.request.slot)),
    log: job.log,
    request: job.request,
    views: new Map(graph.views.map((view) => [view.id, view])),
    until,
    running: new Set(before.running),
    lost: new Map(Object.entries(before.lost)),
    locked: new Map(Object.entries(before.locked)),
  };
  const { ends, putOff } = await inDependencyOrder<ViewEnd>(actions, endsOf(before), {
    connections: job.request.settings.connections,
    until,
    work: async (id, known) => {
      const action = byId.get(id);
      return action ? bringUpToDate(context, action, known) : { kind: 'left' };
    },
    mayGoOn,
    heldUp: (stoppedBy) =>
      ended(
        'held up',
        `what it reads could not be brought up to date: ${byId.get(stoppedBy)?.target ?? stoppedBy}`,
      ),
  });
  const left = actions.filter(({ id }) => !ends.has(id)).map(({ id }) => [id, putOff.get(id) ?? '']);
  return {
    refreshed: idsOf(ends, 'refreshed'),
    skipped: idsOf(ends, 'skipped'),
    failed: reasonsOf(ends, 'failed'),
    heldUp: reasonsOf(ends, 'held up'),
    left: Object.fromEntries(left),
    running: [...context.running].filter((id) => !ends.has(id)),
    lost: Object.fromEntries(context.lost),
    locked: Object.fromEntries(context.locked),
    asOf: before.asOf ?? asOf(actions),
    endedAt: Date.now(),
  };
}

/** What each view needs at this moment. */
export async function planNow(
  { request }: Pick<ShiftJob, 'request'>,
  { statements }: Pick<Reach, 'statements'>,
  { settleSeconds }: { readonly settleSeconds: number },
): Promise<{ readonly graph: ViewGraph; readonly actions: readonly ViewAction[] }> {
  const facts = await statements((client, within) =>
    readPlanFacts(client, within, { ...request.settings, settleSeconds }),
  );
  return { graph: facts.graph, actions: planRefresh(facts, request, new Date()) };
}

/** The first shift's moment stands for all: what was skipped later is known to be younger. */
function asOf(actions: readonly ViewAction[]): string | null {
  return actions.find((action) => action.kind === 'skip')?.asOf ?? null;
}

/** A name that no view has is told at the end: there is nothing to be done for it. */
const isThere = ({ id }: ViewAction) => !id.startsWith('unknown:');

const idsOf = (ends: ReadonlyMap<string, ViewEnd>, status: ViewEnd['status']) =>
  [...ends].filter(([, end]) => end.status === status).map(([id]) => id);

function reasonsOf(ends: ReadonlyMap<string, ViewEnd>, status: ViewEnd['status']): Record<string, string> {
  const found = [...ends].filter(([, end]) => end.status === status);
  return Object.fromEntries(found.map(([id, { reason }]) => [id, (reason ?? '').slice(0, longestReason)]));
}

/** A checkpoint has no place for the words of a thousand long ones. */
const longestReason = 400;

function endsOf({ refreshed, skipped, failed }: ShiftResult): Map<string, ViewEnd> {
  return new Map([
    ...refreshed.map((id) => [id, ended('refreshed')] as const),
    ...skipped.map((id) => [id, ended('skipped')] as const),
    ...Object.entries(failed).map(([id, reason]) => [id, ended('failed', reason)] as const),
  ]);
}
