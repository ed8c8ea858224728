import type { PartitionFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import { timeOf } from './slices.ts';

interface Bounds {
  /** -Infinity where it has no lower end. */
  readonly from: number;
  readonly to: number;
}

/** The partitions that end at the cutoff or before it and that no hold touches, oldest first. */
export function duePartitions(
  partitions: readonly PartitionFact[],
  { holds }: Pick<ArchivePolicy, 'holds'>,
  cutoff: string,
): PartitionFact[] {
  const end = Date.parse(cutoff);
  return partitions
    .flatMap((partition) => {
      const bounds = boundsOf(partition);
      return bounds && bounds.to <= end && !isHeld(bounds, holds) ? [{ partition, bounds }] : [];
    })
    .sort((a, b) => a.bounds.to - b.bounds.to)
    .map(({ partition }) => partition);
}

/**
 * Of what is left where nothing is due: the partition that holds the oldest row, unless it ends some day and goes then.
 * Undefined where nothing is stuck.
 */
export function stuckPartition(
  partitions: readonly PartitionFact[],
  { holds }: Pick<ArchivePolicy, 'holds'>,
  cutoff: string,
  oldest: string,
): PartitionFact | undefined {
  const found = timeOf(oldest);
  const time = Number.isNaN(found) ? Number.NEGATIVE_INFINITY : found;
  const placed = partitions.flatMap((partition) => {
    const bounds = boundsOf(partition) ?? endlessOf(partition);
    return bounds && bounds.from <= time && time < bounds.to ? [{ partition, bounds }] : [];
  });
  const [place] = placed;
  if (!place) return partitions.find(({ isDefault }) => isDefault);
  const { from, to } = place.bounds;
  const endsLater = to > Date.parse(cutoff) && to < Number.POSITIVE_INFINITY;
  return endsLater && !isHeld({ from, to }, holds) ? undefined : place.partition;
}

function endlessOf({ bound }: PartitionFact): Bounds | undefined {
  const [, from = ''] = /^FOR VALUES FROM \((.+)\) TO \((?:MAXVALUE|'infinity')\)$/.exec(bound) ?? [];
  if (from === '') return undefined;
  const lower = timeOf(unquoted(from));
  return { from: Number.isNaN(lower) ? Number.NEGATIVE_INFINITY : lower, to: Number.POSITIVE_INFINITY };
}

/** Undefined for the default partition, and for an upper end that is no time. */
function boundsOf({ bound, isDefault }: PartitionFact): Bounds | undefined {
  const [, from = '', to = ''] = /^FOR VALUES FROM \((.+)\) TO \((.+)\)$/.exec(bound) ?? [];
  if (isDefault) return undefined;
  const upper = timeOf(unquoted(to));
  if (Number.isNaN(upper)) return undefined;
  const lower = timeOf(unquoted(from));
  return { from: Number.isNaN(lower) ? Number.NEGATIVE_INFINITY : lower, to: upper };
}

const unquoted = (literal: string) => literal.replace(/^'(.*)'$/, '$1');

function isHeld({ from, to }: Bounds, holds: ArchivePolicy['holds']): boolean {
  return holds.some((hold) => {
    const begins = hold.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(hold.from);
    const ends = hold.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(hold.to);
    return begins < to && ends > from;
  });
}
