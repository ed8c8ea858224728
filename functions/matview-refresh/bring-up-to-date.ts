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
import { isRefreshedByAnother, lookAtRefresh, type RefreshLook, refreshView } from './refresh-view.ts';
import { ended, type ViewEnd } from './view-end.ts';

export interface RefreshContext extends Reach {
  readonly log: Job<unknown>['log'];
  readonly request: MatviewRefreshRequest;
  readonly views: ReadonlyMap<string, ViewNode>;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Ids of views that this slot had begun when the shift began: see begunBefore. */
  readonly begun: ReadonlySet<string>;
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
  if (isUntouched(context, action, ends)) return finish('skipped');
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
  if (due.kind === 'postpone') return finish('postponed', due.reason, due.remedy);
  if (!name) return finish('failed', 'it is no longer there');
  if (archived !== null) return later(archivingSeconds, `audit-archive is moving rows of ${archived}`);
  if (due.notAfter !== null && Date.now() >= due.notAfter) return planAnew(context);
  return refresh(context, due, { ...view, ...name });
}

/** Beyond the shift: the next one sees whether it can be done without the window, or must be left for it. */
const planAnew = ({ until }: RefreshContext) =>
  later(Math.max(0, until - Date.now()) / 1_000 + 1, 'the maintenance window closed before its turn came');

/** Where nothing was begun and nothing has changed, nobody need connect to see so: of thousands of views most are such. */
function isUntouched(
  { begun, running }: RefreshContext,
  action: ViewAction,
  ends: ReadonlyMap<string, ViewEnd>,
): boolean {
  return (
    action.kind === 'skip' && !begun.has(action.id) && !running.has(action.id) && !hasNewParent(action, ends)
  );
}

const hasNewParent = ({ parents }: ViewAction, ends: ReadonlyMap<string, ViewEnd>) =>
  parents.some((id) => ends.get(id)?.status === 'refreshed');

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
  if (!hasNewParent(action, ends)) return undefined;
  // Nobody is waited for here: what is in doubt is refreshed, for a parent of it was.
  const verdicts = await statements((client, within) =>
    judgeFreshness(client, [view], { settleSeconds: 0, within }),
  );
  return verdicts.get(view.id)?.fresh ? undefined : action.otherwise;
}

async function refresh(
  context: RefreshContext,
  action: RefreshAction,
  view: ViewNode,
): Promise<Worked<ViewEnd>> {
  const { log, options, request, running, until } = context;
  const { target, method, reason } = action;
  log.info('Refreshing', { view: target, method, reason });
  const beganAt = Date.now();
  try {
    const limits = { lockMs: request.settings.lockTimeoutMs, statementSeconds: secondsFor(action) };
    const end = await refreshView(options, view, { slot: request.slot, method, limits }, until);
    if (end === 'running') {
      running.add(view.id);
      log.info('Refresh left to the server', { view: target });
      return { kind: 'left' };
    }
    log.info('Refreshed', { view: target, method, seconds: (Date.now() - beganAt) / 1_000 });
    return finish('refreshed');
  } catch (error) {
    const judged = judgeError(context, action, error);
    tell(log, target, judged);
    return judged;
  }
}

/** Its readers wait no longer than the window says, whatever the view's own limit is. */
function secondsFor({ timeLimitSeconds, notAfter }: RefreshAction): number {
  return notAfter === null ? timeLimitSeconds : Math.min(timeLimitSeconds, (notAfter - Date.now()) / 1_000);
}

function tell(log: RefreshContext['log'], view: string, judged: Worked<ViewEnd>): void {
  if (judged.kind === 'ended') log.warn('Refresh failed', { view, reason: judged.end.reason });
  if (judged.kind === 'later') {
    log.info('Refresh put off', { view, seconds: judged.seconds, reason: judged.reason });
  }
}

const windowIsOver = 'The maintenance window is over, in which its readers may wait.';

/** Whether to come back later, or to give this view up for the run. */
function judgeError(
  { locked, request }: RefreshContext,
  { id, notAfter }: RefreshAction,
  error: unknown,
): Worked<ViewEnd> {
  const words = describeFailure(error);
  if (isRefreshedByAnother(error)) return later(busySeconds, words);
  const wasCut = notAfter !== null && Date.now() >= notAfter;
  if (!isTransient(error)) return finish('failed', wasCut ? `${words} ${windowIsOver}` : words);
  const times = (locked.get(id) ?? 0) + 1;
  locked.set(id, times);
  if (times >= request.settings.lockTries) return finish('failed', describeFailure(error, times));
  return later(Math.min(longestRestSeconds, 2 ** times), words);
}
