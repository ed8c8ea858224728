import type { ArchivePolicy } from './policy.ts';

export const jobName = 'audit-archive';

/** Why a table is refused, or what its owner should know, and the statement or setting that mends it. */
export interface Remark {
  readonly reason: string;
  readonly remedy: string | null;
}

/** From `from` up to, and without, `to`: as Postgres reads values of the age column; `from` may be `-infinity`. */
export interface Slice {
  readonly from: string;
  readonly to: string;
}

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
  /** Oldest first, without a gap: the first one begins at `-infinity`, the last one ends at the cutoff. */
  readonly slices: readonly Slice[];
  /** Of `archive partitions`: those that end at the cutoff or before it, oldest first. */
  readonly partitions: readonly { readonly schema: string; readonly name: string }[];
  readonly rows: number;
  readonly counted: boolean;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly daysBehind: number;
  readonly warnings: readonly Remark[];
}

export interface RefusedAction extends Action<'refuse'> {
  readonly refusals: readonly [Remark, ...Remark[]];
}

export interface IdleAction extends Action<'nothing is old enough'> {
  readonly cutoff: string;
  readonly warnings: readonly Remark[];
}

export type TableAction = ArchiveAction | RefusedAction | IdleAction;

/** Every policy of the request has one action; those that archive come first, the table that is furthest behind before the others. */
export interface ArchivePlan {
  readonly actions: readonly TableAction[];
}
