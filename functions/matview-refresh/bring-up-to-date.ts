import { isTransient } from '../../shared/aws/errors.ts';
import type { Job } from '../../shared/job/job.ts';
import { describeFailure } from './advice.ts';
import { archivedNow } from './archived-now.ts';
import { readCurrentName } from './current-name.ts';
import type { MatviewRefreshRequest } from './event.ts';
import type { ViewNode } from './graph.ts';
import type { Worked } from './in-dependency-order.ts';
import type { Reach } from './job.ts';
import type { RefreshAction, SkipAction, ViewAction } from './plan.ts';
import { judgeFreshness } from './read-evidence.ts';
import {
  isLocked,
  isRefreshedByAnother,
  lookAtRefresh,
  type RefreshLook,
  refreshView,
} from './refresh-view.ts';
import { ended, type ViewEnd } from './view-end.ts';

export interface RefreshContext extends Reach {
  readonly log: Job<unknown>['log'];
  readonly request: MatviewRefreshRequest;
  readonly views: ReadonlyMap<string, ViewNode>;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Ids of views whose refresh was begun in this slot, and may go on in the server without us. */
  readonly running: Set<string>;
  /** By the view's id, counted over all shifts. */
  readonly lost: Map<string, number>;
  readonly locked: Map<string, number>;
}

/** A refresh that ended twice without a commit, and without a word to us, will not succeed the third time. */
const mostLost = 2;
const archivingSeconds = 15;
const busySeconds = 10;
const longestRestSeconds = 60;

/** One view: taken over where it is being refreshed already, skipped where nothing has changed, else refreshed. */
export async function bringUpToDate(
  context: RefreshContext,
  action: ViewAction,
  ends: ReadonlyMap<string, ViewEnd>,
): Promise<Worked<ViewEnd>> {
  const view = context.views.get(action.id);
  // One connection for both: for a small view, connecting takes as long as refreshing.
  const { look, archived, name } = await context.connect(async (client) => ({
    look: await lookAtRefresh(client, action.id, context.request.slot),
    archived: await archivedNow(client, view?.reads ?? []),
    name: await readCurrentName(client, action.id),
  }));
  const earlier = takeOver(context, action, look);
  if (earlier) return earlier;
  const due = view && (await dueNow(context, action, view, ends));
  if (!due) return finish('skipped');
  if (due.kind === 'refuse') return finish('refused', due.reason, due.remedy);
  if (due.kind === 'postpone') return finish('postponed', due.reason);
  if (!name) return finish('failed', 'it is no longer there');
  if (archived !== null) return later(archivingSeconds, `audit-archive is moving rows of ${archived}`);
  return refresh(context, due, { ...view, ...name });
}

const finish = (...end: Parameters<typeof ended>): Worked<ViewEnd> => ({ kind: 'ended', end: ended(...end) });
const later = (seconds: number, reason: string): Worked<ViewEnd> => ({ kind: 'later', seconds, reason });

/** What this slot has begun already, by us or by an execution that is gone; undefined where it must be begun. */
function takeOver(
  { running, lost, log }: RefreshContext,
  { id, target }: ViewAction,
  look: RefreshLook,
): Worked<ViewEnd> | undefined {
  if (look.kind === 'running') {
    log.info('Refresh goes on in the server', { view: target, pid: look.pid, since: look.beganAt });
    running.add(id);
    return { kind: 'left' };
  }
  // Whoever saw it run, and sees neither it nor its row now, knows that it failed, and not why.
  const wasRunning = running.delete(id);
  if (look.kind === 'committed') return finish('refreshed');
  if (!wasRunning) return undefined;
  const times = (lost.get(id) ?? 0) + 1;
  lost.set(id, times);
  return times < mostLost ? undefined : finish('failed', lostTwice);
}

const lostTwice = `its refresh ended in the server ${mostLost} times without a commit, while nobody listened: the log of Postgres says why`;

/** What was found unchanged at the beginning may have changed since, by the refresh of what it reads. */
async function dueNow(
  { statements }: RefreshContext,
  action: ViewAction,
  view: ViewNode,
  ends: ReadonlyMap<string, ViewEnd>,
): Promise<SkipAction['otherwise'] | undefined> {
  if (action.kind !== 'skip') return action;
  if (!action.parents.some((id) => ends.get(id)?.status === 'refreshed')) return undefined;
  // Nobody is waited for here: what is in doubt is refreshed, for a parent of it was.
  const verdicts = await statements((client, within) =>
    judgeFreshness(client, [view], { settleSeconds: 0, within }),
  );
  return verdicts.get(view.id)?.fresh ? undefined : action.otherwise;
}

async function refresh(
  context: RefreshContext,
  { target, method, reason, timeLimitSeconds }: RefreshAction,
  view: ViewNode,
): Promise<Worked<ViewEnd>> {
  const { log, options, request, running, until } = context;
  log.info('Refreshing', { view: target, method, reason });
  const beganAt = Date.now();
  try {
    const limits = { lockMs: request.settings.lockTimeoutMs, statementSeconds: timeLimitSeconds };
    const end = await refreshView(options, view, { slot: request.slot, method, limits }, until);
    if (end === 'running') {
      running.add(view.id);
      log.info('Refresh left to the server', { view: target });
      return { kind: 'left' };
    }
    log.info('Refreshed', { view: target, method, seconds: (Date.now() - beganAt) / 1_000 });
    return finish('refreshed');
  } catch (error) {
    const judged = judgeError(context, view, error);
    tell(log, target, judged);
    return judged;
  }
}

function tell(log: RefreshContext['log'], view: string, judged: Worked<ViewEnd>): void {
  if (judged.kind === 'ended') log.warn('Refresh failed', { view, reason: judged.end.reason });
  if (judged.kind === 'later') {
    log.info('Refresh put off', { view, seconds: judged.seconds, reason: judged.reason });
  }
}

/** Whether to come back later, or to give this view up for the run. */
function judgeError(
  { running, locked, request }: RefreshContext,
  { id }: ViewNode,
  error: unknown,
): Worked<ViewEnd> {
  const words = describeFailure(error);
  if (isRefreshedByAnother(error)) return later(busySeconds, words);
  if (!isTransient(error)) return finish('failed', words);
  // Where the connection broke, the server may go on without us.
  if (!isLocked(error)) running.add(id);
  const times = (locked.get(id) ?? 0) + 1;
  locked.set(id, times);
  if (times >= request.settings.lockTries)
    return finish('failed', `${words} So it was ${times} ${times === 1 ? 'time' : 'times'}.`);
  return later(Math.min(longestRestSeconds, 2 ** times), words);
}
