import { expiryOf, isDrillOfStage } from '../../shared/restore/drill-instance.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';

/** One instance that will be deleted, and why. */
export interface ReapAction {
  readonly kind: 'delete instance';
  readonly target: string;
  readonly region: string;
  readonly reason: string;
}

export interface ReapContext {
  readonly stage: string;
  readonly region: string;
  /** Null for all. */
  readonly database: string | null;
  readonly now: Date;
}

/**
 * What drills left behind in a region: by name and by all the tags of a drill of this stage, past its expiry, and not
 * being deleted yet. Nothing else is touched; what says no time of expiry is not expired.
 */
export function planReaping(
  instances: readonly InstanceFact[],
  { stage, region, database, now }: ReapContext,
): ReapAction[] {
  return instances.flatMap((instance) => {
    if (!isDrillOfStage(instance, stage) || instance.status === 'deleting') return [];
    if (database !== null && instance.tags['nightshift:database'] !== database) return [];
    const expiresAt = expiryOf(instance);
    if (!expiresAt || expiresAt > now) return [];
    const reason = `a drill left it behind; it expired at ${expiresAt.toISOString()}`;
    return [{ kind: 'delete instance', target: instance.identifier, region, reason }];
  });
}
