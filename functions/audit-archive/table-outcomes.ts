import { allPolicies } from './event.ts';
import { type AuditArchiveJob, withDatabase } from './job.ts';
import { type ArchivePlan, planArchive, type TableAction } from './plan.ts';
import { readFacts } from './read-facts.ts';
import { type Moved, readMoved } from './read-moved.ts';
import type { Remark } from './remark.ts';
import { describeRemarks, type TableOutcome } from './report.ts';
import { tellStrayMarks } from './stray-marks.ts';
import type { NightResult } from './work-night.ts';

/** What the database itself says afterwards: what this slot has moved, what is left, and what was left for VACUUM. */
export function readOutcomes(
  job: AuditArchiveJob,
  plan: ArchivePlan,
  night: NightResult,
): Promise<TableOutcome[]> {
  const { request, startedAt } = job;
  return withDatabase(job, async (client) => {
    const facts = await readFacts(client, { ...request, dryRun: false }, { now: startedAt });
    const moved = await readMoved(client, request.slot);
    await tellStrayMarks({ log: job.log, settings: request.settings }, client);
    const remaining = planArchive(facts, request.policies, allPolicies(request)).actions;
    return plan.actions.map((action) => ({
      ...endOf(action, night),
      ...movedOf(action, moved),
      daysBehind: behind(remaining.find(({ target }) => target === action.target)),
      deadRows: facts.policies.find(({ policy }) => policy === action.target)?.table?.deadRows ?? null,
      warnings: [
        ...remarksOf(
          action,
          remaining.find(({ target }) => target === action.target),
        ),
        ...notTakenOf(action, night),
      ],
    }));
  });
}

function endOf(
  action: TableAction,
  { failed, unfinished }: NightResult,
): Pick<TableOutcome, 'table' | 'status' | 'reason'> {
  const { target: table } = action;
  if (action.kind === 'refuse') return { table, status: 'refused', reason: describeRemarks(action.refusals) };
  const reason = failed[table];
  if (reason !== undefined) return { table, status: 'failed', reason };
  return { table, status: unfinished.includes(table) ? 'unfinished' : 'completed', reason: null };
}

function movedOf({ target }: TableAction, moved: readonly Moved[]) {
  const nothing = { rows: 0, batches: 0, bytes: 0, rawBytes: 0, seconds: 0, oldest: null, newest: null };
  const { policy: _, ...numbers } = moved.find(({ policy }) => policy === target) ?? {
    policy: target,
    ...nothing,
  };
  return numbers;
}

/** What was known beforehand, and what came up meanwhile: a table that would be refused now is not simply done. */
export function remarksOf(before: TableAction, after: TableAction | undefined): Remark[] {
  if (before.kind === 'refuse') return [];
  const refused = after?.kind === 'refuse' ? after.refusals : [];
  const found = after === undefined || after.kind === 'refuse' ? [] : after.warnings;
  const fresh = found.filter(({ reason }) => !before.warnings.some((known) => known.reason === reason));
  return [
    ...before.warnings,
    ...fresh,
    ...refused.map(({ reason, remedy }) => ({ reason: `it would be refused by now: ${reason}`, remedy })),
  ];
}

function notTakenOf({ target }: TableAction, { notTaken }: NightResult): Remark[] {
  return Object.entries(notTaken[target] ?? {}).map(([partition, reason]) => ({
    reason: `the partition ${partition} is due and was not taken: ${reason}`,
    remedy: null,
  }));
}

/** Null where nobody could look; of a table that is refused nobody knows. */
function behind(action: TableAction | undefined): number | null {
  switch (action?.kind) {
    case 'archive rows':
    case 'archive partitions':
    case 'nothing is old enough':
      return action.daysBehind;
    default:
      return null;
  }
}
