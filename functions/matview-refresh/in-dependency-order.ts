import { setTimeout as sleep } from 'node:timers/promises';
import { criticalPaths, type Task } from './critical-path.ts';

/** What working on a view came to: an end, time to try again later, or left to the next shift, which keeps its connection. */
export type Worked<End> =
  | { readonly kind: 'ended'; readonly end: End }
  | { readonly kind: 'later'; readonly seconds: number; readonly reason: string }
  | { readonly kind: 'left' };

export interface Ordering<End> {
  readonly connections: number;
  /** Milliseconds since 1970: nothing is begun after it. */
  readonly until: number;
  /** `ends` holds those of all the view's parents. */
  work(id: string, ends: ReadonlyMap<string, End>): Promise<Worked<End>>;
  /** Whether what hangs on a view that came to this end may be worked on. */
  mayGoOn(end: End): boolean;
  /** The end of a view that hangs on one that stopped it. */
  heldUp(stoppedBy: string): End;
}

export interface Ordered<End> {
  readonly ends: ReadonlyMap<string, End>;
  /** Why the last try of a view was put off, of those that did not come to an end. */
  readonly putOff: ReadonlyMap<string, string>;
}

/**
 * Works on every task once its parents have ended, as many side by side as there are connections, those first that
 * most hangs on. One that stops its dependents stops nobody else. What had ended before counts as ended.
 */
export async function inDependencyOrder<End>(
  tasks: readonly Task[],
  before: ReadonlyMap<string, End>,
  ordering: Ordering<End>,
): Promise<Ordered<End>> {
  const priority = criticalPaths(tasks);
  const ends = new Map(before);
  const putOff = new Map<string, string>();
  const notBefore = new Map<string, number>();
  const running = new Map<string, Promise<void>>();
  const left = new Set<string>();
  const open = tasks
    .toSorted((a, b) => (priority.get(b.id) ?? 0) - (priority.get(a.id) ?? 0))
    .filter(({ id }) => !ends.has(id));
  const isTask = new Set(tasks.map(({ id }) => id));
  const isOpen = ({ id }: Task) => !ends.has(id) && !running.has(id) && !left.has(id);

  const begin = ({ id }: Task) => {
    const done = ordering.work(id, ends).then((worked) => {
      running.delete(id);
      if (worked.kind === 'ended') ends.set(id, worked.end);
      else if (worked.kind === 'left') left.add(id);
      else {
        putOff.set(id, worked.reason);
        notBefore.set(id, Date.now() + worked.seconds * 1_000);
      }
    });
    running.set(id, done);
  };
  /** True where all of a view's parents have ended well; a bad end is passed on. */
  const isReady = ({ id, parents }: Task) => {
    const own = parents.filter((parent) => isTask.has(parent));
    const stoppedBy = own.find((parent) => {
      const end = ends.get(parent);
      return end !== undefined && !ordering.mayGoOn(end);
    });
    if (stoppedBy !== undefined) ends.set(id, ordering.heldUp(stoppedBy));
    return stoppedBy === undefined && own.every((parent) => ends.has(parent));
  };

  const readyOf = (): Task[] => {
    const known = ends.size;
    const ready = open.filter((task) => isOpen(task) && isReady(task));
    // A bad end is passed on from view to view, until it has reached the last.
    return ends.size > known ? readyOf() : ready;
  };

  try {
    for (;;) {
      const now = Date.now();
      const ready = readyOf();
      const due = ready.filter(({ id }) => (notBefore.get(id) ?? 0) <= now);
      if (now < ordering.until)
        for (const task of due.slice(0, Math.max(0, ordering.connections - running.size - left.size)))
          begin(task);
      if (running.size > 0) {
        await Promise.race([...running.values(), ...nextTry(ready, notBefore, now)]);
        continue;
      }
      const next = Math.min(...ready.map(({ id }) => notBefore.get(id) ?? now));
      const full = left.size >= ordering.connections;
      if (ready.length === 0 || full || now >= ordering.until || next >= ordering.until) break;
      await sleep(Math.max(0, next - now));
    }
  } finally {
    // Nobody may still be at work when this answers, or throws.
    await Promise.allSettled(running.values());
  }
  for (const id of ends.keys()) putOff.delete(id);
  return { ends, putOff };
}

/** When the first of those that rest may be tried again, so that a free connection does not wait for a longer one. */
function nextTry(
  ready: readonly Task[],
  notBefore: ReadonlyMap<string, number>,
  now: number,
): Promise<void>[] {
  const later = ready.map(({ id }) => notBefore.get(id) ?? 0).filter((at) => at > now);
  return later.length > 0 ? [sleep(Math.min(...later) - now, undefined, { ref: false })] : [];
}
