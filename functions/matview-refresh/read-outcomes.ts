import type { Client } from 'pg';
import type { MatviewRefreshRequest } from './event.ts';
import { type MatviewRefreshJob, reachDatabase } from './job.ts';
import { type Method, settingsOf, type ViewAction } from './plan.ts';
import { planNow, type ShiftResult } from './shift.ts';
import type { ViewOutcome, ViewStatus } from './view-outcome.ts';

export interface Outcomes {
  readonly views: readonly ViewOutcome[];
  /** ISO 8601: when they were looked at. */
  readonly at: string;
}

/** What became of every view that was to be looked at, with what the database knows of its refreshes. */
export async function readOutcomes(job: MatviewRefreshJob, night: ShiftResult): Promise<Outcomes> {
  const reach = await reachDatabase(job);
  const { graph, actions } = await planNow(job, reach, { settleSeconds: 0 });
  const bytes = new Map(graph.views.map((view) => [view.id, view.bytes]));
  return reach.connect(async (client) => {
    if (night.asOf !== null) await noteVerified(client, night.skipped, night.asOf);
    const pasts = await readPasts(client, actions);
    const views = actions.map((action) => {
      const outcome = outcomeOf(action, pasts.get(action.id), night, job.request);
      return { ...outcome, bytes: bytes.get(action.id) ?? 0 };
    });
    return { views, at: new Date().toISOString() };
  });
}

/** That they were looked at and found to hold what they should is worth as much as a refresh. */
async function noteVerified(client: Client, ids: readonly string[], asOf: string): Promise<void> {
  await client.query(
    /* sql */ `UPDATE nightshift.view_refreshes r SET verified_at = greatest(r.verified_at, $2::timestamptz)
                 FROM (SELECT DISTINCT ON (view_id) view_id, slot FROM nightshift.view_refreshes
                        WHERE view_id = ANY ($1::oid[]) AND ended_at IS NOT NULL
                        ORDER BY view_id, began_at DESC) AS newest
                WHERE r.view_id = newest.view_id AND r.slot = newest.slot`,
    [ids, asOf],
  );
}

interface Past {
  readonly id: string;
  readonly method: Method | null;
  readonly seconds: number | null;
  readonly rows: string | null;
  readonly asOf: Date | null;
  readonly grownBytes: string | null;
}

const pastsSql = /* sql */ `
  SELECT v.id::text, r.method,
         round(extract(epoch FROM r.ended_at - r.began_at)::numeric, 1)::float8 AS seconds, r.rows::text,
         greatest(r.began_at, r.verified_at) AS "asOf", (r.bytes - r.before)::text AS "grownBytes"
    FROM unnest($1::oid[]) AS v (id)
    LEFT JOIN LATERAL (
      SELECT *, lead(bytes) OVER (ORDER BY began_at DESC) AS before FROM nightshift.view_refreshes
       WHERE view_id = v.id AND ended_at IS NOT NULL ORDER BY began_at DESC LIMIT 1) AS r ON true`;

async function readPasts(client: Client, actions: readonly ViewAction[]): Promise<Map<string, Past>> {
  const ids = actions.map(({ id }) => id).filter((id) => /^\d+$/.test(id));
  const { rows } = await client.query<Past>(pastsSql, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

function outcomeOf(
  action: ViewAction,
  past: Past | undefined,
  night: ShiftResult,
  { settings }: Pick<MatviewRefreshRequest, 'settings'>,
): Omit<ViewOutcome, 'bytes'> {
  const { target, id } = action;
  const own = settingsOf(settings, target);
  const skipped = night.skipped.includes(id);
  const { status, reason, remedy } = howItEnded(action, night);
  return {
    view: target,
    status,
    reason,
    remedy,
    method: past?.method ?? null,
    seconds: past?.seconds ?? null,
    rows: past?.rows ? Number(past.rows) : null,
    grownBytes: past?.grownBytes ? Number(past.grownBytes) : null,
    asOf: skipped ? night.asOf : (past?.asOf?.toISOString() ?? null),
    freshWithinHours: own.freshWithinHours ?? settings.freshWithinHours,
  };
}

interface Ended {
  readonly status: ViewStatus;
  readonly reason: string | null;
  readonly remedy: string | null;
}

/** What the shifts remember goes before what a plan says of now. */
function howItEnded(action: ViewAction, night: ShiftResult): Ended {
  const { id } = action;
  const plain = (status: ViewStatus, reason: string | null = null) => ({ status, reason, remedy: null });
  const failed = night.failed[id];
  if (failed !== undefined) return plain('failed', failed);
  if (night.refreshed.includes(id)) return plain('refreshed');
  if (night.skipped.includes(id)) return plain('skipped');
  const stopped = night.heldUp[id];
  if (stopped !== undefined) return plain('held up', stopped);
  const left = night.left[id];
  if (left !== undefined) return plain('unfinished', left === '' ? 'the night was over first' : left);
  if (action.kind === 'refuse') return { status: 'refused', reason: action.reason, remedy: action.remedy };
  if (action.kind === 'postpone')
    return { status: 'postponed', reason: action.reason, remedy: action.remedy };
  // It came into being after the last shift had looked.
  return plain('unfinished', 'it was not there when the night began');
}
