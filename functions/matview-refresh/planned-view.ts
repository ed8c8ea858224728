import type { MatviewRefreshRequest } from './event.ts';
import type { ViewAction } from './plan.ts';

/** One view in a dry run's answer, in the order in which they would be refreshed. */
export interface PlannedView {
  /** `held up`: what it reads cannot be brought up to date, so that it would fail as well. */
  readonly kind: ViewAction['kind'] | 'held up';
  readonly view: string;
  readonly reason: string;
  /** Of a refresh: how, and why so. */
  readonly method: string | null;
  /** What mends a refusal, or would let its readers go on. */
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

/** Each view as a run would find it: with what becomes of the views before it. */
export function planOf(
  { database, slot }: Pick<MatviewRefreshRequest, 'database' | 'slot'>,
  actions: readonly ViewAction[],
): PlanReport {
  const names = new Map(actions.map(({ id, target }) => [id, target]));
  const fates = new Map<string, PlannedView['kind']>();
  const views = actions.map((action) => {
    const planned = foretell(action, fates, (id) => names.get(id) ?? id);
    fates.set(action.id, planned.kind);
    return { ...planned, after: action.parents.flatMap((id) => names.get(id) ?? []) };
  });
  return { kind: 'plan', database, slot, views };
}

function foretell(
  action: ViewAction,
  fates: ReadonlyMap<string, PlannedView['kind']>,
  nameOf: (id: string) => string,
): Omit<PlannedView, 'after'> {
  // Its own fault has to be mended in any case.
  if (action.kind === 'refuse') return shown(action);
  const ofKind = (...kinds: PlannedView['kind'][]) =>
    action.parents.find((id) => kinds.includes(fates.get(id) ?? 'skip'));
  const stoppedBy = ofKind('refuse', 'held up');
  if (stoppedBy !== undefined) {
    const reason = `what it reads cannot be brought up to date: ${nameOf(stoppedBy)}`;
    return { ...shown(action), kind: 'held up', reason, method: null, remedy: null };
  }
  const refreshed = ofKind('refresh');
  if (action.kind !== 'skip' || refreshed === undefined) return shown(action);
  const { otherwise } = action;
  const because = `${nameOf(refreshed)}, which it reads, is refreshed first, and may change`;
  return { ...shown(otherwise), reason: otherwise.kind === 'refresh' ? because : otherwise.reason };
}

function shown(action: ViewAction): Omit<PlannedView, 'after'> {
  return {
    kind: action.kind,
    view: action.target,
    reason: action.reason,
    method: action.kind === 'refresh' ? `${action.method}: ${action.methodReason}` : null,
    remedy: action.kind === 'skip' ? null : action.remedy,
  };
}
