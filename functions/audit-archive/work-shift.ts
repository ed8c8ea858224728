import type { Client } from 'pg';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { ArchiveThread } from '../../shared/parquet/archive-thread.ts';
import type { ArchiveContext } from './archive-context.ts';
import { archivePartitions, type PartitionsEnd } from './archive-partitions.ts';
import { archiveSlice, type Connect, type SliceEnd } from './archive-slice.ts';
import type { PressureFact } from './facts.ts';
import { lockFiles } from './lock-files.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import { readPressure } from './read-pressure.ts';

/** What one shift leaves to the next; it survives as JSON. */
export interface ShiftResult {
  /** Names of the policies that still have rows to move. */
  readonly left: readonly string[];
  /** Why a table rests, by policy: the database is under a pressure that the config sets limits to. */
  readonly paused: Readonly<Record<string, string>>;
  /** Names of the policies that were let work, be it before they were to rest. */
  readonly worked: readonly string[];
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** What went wrong, by policy: left alone until the next run. */
  readonly failed: Readonly<Record<string, string>>;
  /** What stood in the way of the last try, by policy, where the time was up before another one could succeed. */
  readonly troubles: Readonly<Record<string, string>>;
  /** How many rows stayed because they are too large, by policy. */
  readonly tooLarge: Readonly<Record<string, number>>;
  /** Partitions that were due and could not be taken whole, with the reason, by policy. */
  readonly notTaken: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Works on the slices of all tables until they are empty or the time is up, as many side by side as the config says.
 * A table that fails, or must rest, does not stop the others.
 */
export async function workShift(
  context: ArchiveContext,
  connect: Connect,
  actions: readonly ArchiveAction[],
  until: number,
): Promise<ShiftResult> {
  const left = new Set<string>();
  const worked = new Set<string>();
  const paused: Record<string, string> = {};
  const failed: Record<string, string> = {};
  const troubles: Record<string, string> = {};
  const largest: Record<string, number> = {};
  const notTaken: Record<string, Readonly<Record<string, string>>> = {};
  const threads: ArchiveThread[] = [];
  const tasks = actions.flatMap(tasksOf);
  await mapAtOnce(tasks, context.settings.connections, async ({ action, slice }) => {
    const { target } = action;
    if (failed[target] !== undefined) return;
    const mayGoOn = async (client: Client) => {
      if (failed[target] !== undefined || paused[target] !== undefined || Date.now() >= until) return false;
      const reason = overLimits(await pressureOn(client, action), context.settings.limits);
      if (reason === undefined) worked.add(target);
      else paused[target] = reason;
      return reason === undefined;
    };
    const thread = threads.pop() ?? new ArchiveThread();
    try {
      const {
        end,
        kept,
        trouble,
        tooLarge = 0,
      } = await workOn({ ...context, thread }, connect, { action, slice }, mayGoOn);
      if (end === 'left') left.add(target);
      if (trouble !== undefined) troubles[target] = trouble;
      if (tooLarge > 0) largest[target] = (largest[target] ?? 0) + tooLarge;
      if (Object.keys(kept).length > 0) notTaken[target] = kept;
    } catch (error) {
      failed[target] = error instanceof Error ? error.message : String(error);
    }
    threads.push(thread);
  });
  await Promise.all(threads.map((thread) => thread.close()));
  return {
    left: [...left].filter((policy) => failed[policy] === undefined),
    paused,
    worked: [...worked],
    endedAt: Date.now(),
    failed,
    troubles,
    tooLarge: largest,
    notTaken,
  };
}

interface Task {
  readonly action: ArchiveAction;
  /** Null for whole partitions, which are taken one after the other: only one can be detached at a time. */
  readonly slice: Slice | null;
}

function tasksOf(action: ArchiveAction): Task[] {
  if (action.kind === 'archive partitions') return [{ action, slice: null }];
  return action.slices.map((slice) => ({ action, slice }));
}

/** Where locking fails, or the slice did, the next run locks what was committed. */
async function workOn(
  context: ArchiveContext,
  connect: Connect,
  { action, slice }: Task,
  mayGoOn: (client: Client) => Promise<boolean>,
): Promise<PartitionsEnd & SliceEnd> {
  const worked = slice
    ? { ...(await archiveSlice(context, connect, action, slice, mayGoOn)), kept: {} }
    : await archivePartitions(context, connect, action, mayGoOn);
  const { to } = action.policy;
  if (to.kind === 's3' && to.objectLock) await connect((client) => lockFiles(context, client, action.policy));
  return worked;
}

function pressureOn(client: Client, { policy }: ArchiveAction): Promise<PressureFact> {
  return readPressure(client, [policy.source], 'nightshift ');
}

/** The first limit that is exceeded, in words, or undefined. */
export function overLimits(
  { replicaLagSeconds, oldestTransactionMinutes, waitingSessions }: PressureFact,
  limits: ArchiveContext['settings']['limits'],
): string | undefined {
  if (replicaLagSeconds !== null && replicaLagSeconds > limits.replicaLagSeconds) {
    return `a replica lags ${Math.round(replicaLagSeconds)} s behind (limit ${limits.replicaLagSeconds} s)`;
  }
  if (oldestTransactionMinutes > limits.oldestTransactionMinutes) {
    return `a transaction has been open for ${Math.round(oldestTransactionMinutes)} min (limit ${limits.oldestTransactionMinutes} min)`;
  }
  if (waitingSessions > limits.waitingSessions) {
    return `${waitingSessions} sessions wait for a lock on the table (limit ${limits.waitingSessions})`;
  }
  return undefined;
}
