import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { CheckFact, ServerFact } from './facts.ts';
import { type CheckAction, keepToWindow, type PhasePlan, type Planning } from './plan.ts';

/** What to look through for damage in this run: what was begun, what never was, what was longest ago; up to a share of all by size. */
export function planIntegrity(
  objects: readonly CheckFact[],
  server: Pick<ServerFact, 'checkSchema' | 'role' | 'now'>,
  { everyDays, sharePerRun }: DbMaintenanceConfig['integrity'],
  planning: Planning,
  /** Bytes that this run has looked through already. */
  doneBytes = 0,
): PhasePlan {
  const nothing = { actions: [], untouched: [], notices: [] };
  if (everyDays === 0 || objects.length === 0) return nothing;
  if (server.checkSchema === null) return { ...nothing, untouched: [withoutAmcheck(server.role)] };
  const since = Date.parse(server.now) - everyDays * 86_400_000;
  const due = objects
    .filter(({ checkedAt }) => checkedAt === null || Date.parse(checkedAt) < since)
    .sort((a, b) => turnOf(a) - turnOf(b) || Number(a.id) - Number(b.id));
  const allowed = objects.reduce((sum, { bytes }) => sum + bytes, 0) * sharePerRun;
  let taken = doneBytes;
  const chosen = due.filter(({ bytes }) => {
    // One at least, or a table of more than that would never be looked through.
    const fits = taken === 0 || taken + bytes <= allowed;
    if (fits) taken += bytes;
    return fits;
  });
  return keepToWindow({ ...nothing, actions: chosen.map(checkOf) }, planning);
}

/** What was begun first, then what never was. What fails each time, as an index over its limit, comes after all others. */
function turnOf({ next, checkedAt, triedAt }: CheckFact): number {
  if (next) return -1;
  return Math.max(0, ...[checkedAt, triedAt].map((at) => (at === null ? 0 : Date.parse(at))));
}

function withoutAmcheck(role: string) {
  return {
    kind: 'refuse' as const,
    target: 'amcheck',
    reason:
      'indexes and tables cannot be looked through for damage: the extension is missing, or the role may not use it',
    remedy: `CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA nightshift; then GRANT EXECUTE ON ITS FUNCTIONS bt_index_check AND verify_heapam TO ${role}, as infra/sql/050_drill.up.sql does.`,
  };
}

function checkOf(object: CheckFact): CheckAction {
  const { id, schema, name, bytes, toastOf } = object;
  return {
    kind: object.kind === 'index' ? 'check index' : 'check table',
    target: formatTableName(object),
    reason: `${reasonOf(object)}${toastOf === null ? '' : `; long values of ${toastOf}`}`,
    ...{ id, schema, name, bytes },
    expectedSeconds: null,
  };
}

function reasonOf({ next, checkedAt, triedAt }: CheckFact): string {
  if (next) return `it was looked through up to block ${next.block} of ${next.of}, and that goes on`;
  if (checkedAt !== null) return `it was looked through on ${checkedAt.slice(0, 10)}`;
  if (triedAt !== null) return `it was not found sound when it was tried on ${triedAt.slice(0, 10)}`;
  return 'it was never looked through';
}
