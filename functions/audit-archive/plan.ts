import { formatTableName } from '../../shared/config/table-name.ts';
import { duePartitions, stuckPartition } from './due-partitions.ts';
import type { DatabaseFacts, PolicyFacts, TableFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import { refusalsOf } from './refuse.ts';
import type { Remark } from './remark.ts';
import { type Slice, slicesOf, timeOf } from './slices.ts';
import { warningsOf } from './warn.ts';

export type { Remark } from './remark.ts';
export type { Slice } from './slices.ts';

export const jobName = 'audit-archive';

interface Action<Kind extends string> {
  readonly kind: Kind;
  /** The policy's name. */
  readonly target: string;
  readonly reason: string;
}

export interface ArchiveAction extends Action<'archive rows' | 'archive partitions'> {
  readonly policy: ArchivePolicy;
  /** ISO 8601, UTC: rows of this time and later stay. A midnight. */
  readonly cutoff: string;
  /** As `format_type` says it. */
  readonly ageType: string;
  /** Columns of the primary key; empty where there is none. */
  readonly key: readonly string[];
  /** SQL conditions over the table's columns: rows for which one is true must stay. */
  readonly holds: readonly string[];
  /** Of `archive rows`: oldest first, without a gap, from `-infinity` to the cutoff. */
  readonly slices: readonly Slice[];
  /** Of `archive partitions`: first what an earlier run began, then those that end at the cutoff or before it, oldest first. */
  readonly partitions: readonly { readonly schema: string; readonly name: string }[];
  readonly rows: number;
  readonly counted: boolean;
  /** As Postgres writes them. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** How much older than the policy allows the oldest row is; null where it was not found in time. */
  readonly daysBehind: number | null;
  readonly warnings: readonly Remark[];
}

export interface RefusedAction extends Action<'refuse'> {
  readonly refusals: readonly Remark[];
}

export interface IdleAction extends Action<'nothing is old enough'> {
  readonly cutoff: string;
  /** Not 0 where rows are old enough and no run will take them; null where nobody could look. */
  readonly daysBehind: number | null;
  readonly warnings: readonly Remark[];
}

export type TableAction = ArchiveAction | RefusedAction | IdleAction;

export interface ArchivePlan {
  readonly actions: readonly TableAction[];
}

/** Each slice is a durable operation at least; an execution has 3,000 of them. */
const mostSlices = 600;

/**
 * One action for each policy that was asked for: those that archive first, the table that is furthest behind before
 * the others. A table that is refused does not keep the others from their work; the run fails by it at its end.
 */
export function planArchive(
  { policies: facts, ...about }: DatabaseFacts,
  policies: readonly ArchivePolicy[],
  /** Of the whole config, also those that were not asked for: what one table's DELETE takes along may be another's. */
  all: readonly ArchivePolicy[] = policies,
): ArchivePlan {
  const most = Math.max(1, Math.floor(mostSlices / Math.max(1, policies.length)));
  const actions = policies.map((policy) => {
    const known = facts.find((fact) => fact.policy === policy.name);
    const refusals = refusalsOf(policy, known, about, all);
    return refusals.length > 0 || !known?.table
      ? refuse(policy, refusals)
      : act(policy, known, known.table, most);
  });
  return { actions: actions.sort(byUrgency) };
}

function refuse({ name }: ArchivePolicy, refusals: readonly Remark[]): RefusedAction {
  return { kind: 'refuse', target: name, reason: refusals.map(({ reason }) => reason).join('; '), refusals };
}

function act(policy: ArchivePolicy, facts: PolicyFacts, table: TableFact, most: number): TableAction {
  return policy.partitions === 'whole'
    ? actOnPartitions(policy, facts, table)
    : actOnRows(policy, facts, table, most);
}

function actOnRows(policy: ArchivePolicy, facts: PolicyFacts, table: TableFact, most: number): TableAction {
  const { age, cutoff } = facts;
  const frame = frameOf(policy, facts, table);
  if (age?.looked && age.oldest === null) return idle(policy, cutoff, frame.warnings);
  const months = age?.looked ? age.months : [];
  const daysBehind = age?.looked ? daysBetween(age.oldest, months[0], cutoff) : null;
  return {
    ...frame,
    kind: 'archive rows',
    reason: `older than ${policy.olderThanDays} days`,
    slices: slicesOf(months, cutoff, frame.ageType, most),
    partitions: [],
    rows: age?.rows ?? table.estimatedRows ?? 0,
    counted: age?.counted ?? false,
    oldest: age?.oldest ?? null,
    newest: age?.newest ?? null,
    daysBehind,
  };
}

function actOnPartitions(policy: ArchivePolicy, facts: PolicyFacts, table: TableFact): TableAction {
  const { age, cutoff } = facts;
  const frame = frameOf(policy, facts, table);
  const isBegun = new Set(facts.begun.map(formatTableName));
  const due = duePartitions(table.partitions, policy, cutoff).filter(
    (partition) => !isBegun.has(formatTableName(partition)),
  );
  if (due.length + facts.begun.length === 0) return idleOrStuck(policy, facts, table, frame.warnings);
  return {
    ...frame,
    kind: 'archive partitions',
    reason: reasonOf(facts.begun.length, due.length, policy.olderThanDays),
    slices: [],
    partitions: [...facts.begun, ...due.map(({ schema, name }) => ({ schema, name }))],
    rows: due.reduce((sum, { estimatedRows }) => sum + (estimatedRows ?? 0), 0),
    counted: false,
    oldest: age?.oldest ?? null,
    newest: age?.newest ?? null,
    daysBehind: age?.looked ? daysBetween(age.oldest, age.months[0], cutoff) : null,
  };
}

function reasonOf(begun: number, due: number, days: number): string {
  const ends = `${due} ${due === 1 ? 'partition ends' : 'partitions end'} more than ${days} days ago`;
  const rest = `${begun} ${begun === 1 ? 'was' : 'were'} detached by an earlier run and not dropped`;
  return [...(begun > 0 ? [rest] : []), ...(due > 0 ? [ends] : [])].join('; ');
}

function frameOf(policy: ArchivePolicy, { cutoff, holds, age }: PolicyFacts, table: TableFact) {
  const ageType = table.columns.find(({ name }) => name === policy.ageColumn)?.type ?? '';
  const warnings = warningsOf(policy, table, age);
  return { target: policy.name, policy, cutoff, ageType, key: table.key, holds, warnings };
}

function idle(
  { name, olderThanDays }: ArchivePolicy,
  cutoff: string,
  warnings: readonly Remark[],
): IdleAction {
  const reason = `no row that may move is older than ${olderThanDays} days`;
  return { kind: 'nothing is old enough', target: name, reason, cutoff, daysBehind: 0, warnings };
}

/** Rows that are old enough in a partition that never will be: no run takes them until somebody moves them. */
function idleOrStuck(
  policy: ArchivePolicy,
  { age, cutoff }: PolicyFacts,
  table: TableFact,
  warnings: readonly Remark[],
): IdleAction {
  const nothing = idle(policy, cutoff, warnings);
  if (!age?.looked) return { ...nothing, reason: 'no partition is due', daysBehind: null };
  if (age.oldest === null) return nothing;
  const waiting = { ...nothing, reason: 'no partition is due' };
  const stuck = stuckPartition(table.partitions, policy, cutoff, age.oldest);
  if (!stuck) return waiting;
  const warning = {
    reason: `the partition ${formatTableName(stuck)} holds rows that are old enough, and is not due: no run takes them`,
    remedy:
      'Move them to partitions that end, wait until no hold touches their period, or say "partitions": "rows".',
  };
  return {
    ...waiting,
    daysBehind: daysBetween(age.oldest, age.months[0], cutoff),
    warnings: [...warnings, warning],
  };
}

const dayMs = 86_400_000;
const longestDays = 36_500;

/** A time that is none, such as `-infinity`, is older than everything: then the first month counts, if there is one. */
function daysBetween(oldest: string | null, month: string | undefined, cutoff: string): number {
  if (oldest === null) return 0;
  const known = [timeOf(oldest), timeOf(`${month}-01`)].find((time) => !Number.isNaN(time));
  if (known === undefined) return longestDays;
  return Math.round((Math.max(0, Date.parse(cutoff) - known) / dayMs) * 100) / 100;
}

function byUrgency(a: TableAction, b: TableAction): number {
  return urgency(b) - urgency(a);
}

/** Where nobody found the oldest row in time there is much of it. */
function urgency(action: TableAction): number {
  switch (action.kind) {
    case 'archive rows':
    case 'archive partitions':
      return action.daysBehind ?? Number.MAX_VALUE;
    case 'nothing is old enough':
      return -1;
    case 'refuse':
      return -2;
  }
}
