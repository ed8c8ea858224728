/** A view that may be refreshed once its parents have been. */
export interface Task {
  readonly id: string;
  /** Of other tasks. */
  readonly parents: readonly string[];
  /** How long it took the last time, or is likely to take. */
  readonly seconds: number;
}

/**
 * For each task the seconds from its beginning until the last that hangs on it has ended, were there connections
 * enough: whichever has most goes first. A parent that is no task counts as done.
 */
export function criticalPaths(tasks: readonly Task[]): Map<string, number> {
  const dependents = new Map<string, Task[]>(tasks.map(({ id }) => [id, []]));
  for (const task of tasks) {
    for (const parent of new Set(task.parents)) dependents.get(parent)?.push(task);
  }
  const known = new Map<string, number>();
  const bySeconds = new Map(tasks.map(({ id, seconds }) => [id, seconds]));
  // Without recursion: a chain of views may be thousands long.
  for (const id of leavesFirst(tasks, dependents)) {
    const after = (dependents.get(id) ?? []).map((dependent) => known.get(dependent.id) ?? 0);
    known.set(
      id,
      (bySeconds.get(id) ?? 0) + after.reduce((longest, seconds) => Math.max(longest, seconds), 0),
    );
  }
  return known;
}

function leavesFirst(tasks: readonly Task[], dependents: ReadonlyMap<string, readonly Task[]>): string[] {
  const waiting = new Map(tasks.map(({ id }) => [id, dependents.get(id)?.length ?? 0]));
  const parentsOf = new Map(tasks.map(({ id, parents }) => [id, new Set(parents)]));
  const order = tasks.filter(({ id }) => waiting.get(id) === 0).map(({ id }) => id);
  for (const id of order) {
    for (const parent of parentsOf.get(id) ?? []) {
      const left = waiting.get(parent);
      if (left === undefined) continue;
      waiting.set(parent, left - 1);
      if (left === 1) order.push(parent);
    }
  }
  return order;
}
