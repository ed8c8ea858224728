import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { ReapAction } from './plan.ts';

/** What was found expired, and what RDS was asked to delete of it. */
export interface ReapReport {
  readonly expired: readonly ReapAction[];
  readonly deleted: readonly ReapAction[];
}

export function measure({ expired, deleted }: ReapReport): Measurement[] {
  return [
    { name: 'InstancesReaped', unit: 'Count', value: deleted.length },
    { name: 'InstancesNotReaped', unit: 'Count', value: expired.length - deleted.length },
  ];
}

/** Null where nothing was removed: every hour without a find is no news. */
export function tell(stage: string, { deleted }: ReapReport): Message | null {
  if (deleted.length === 0) return null;
  const lines = deleted.map(({ target, region, reason }) => `- ${target} in ${region}: ${reason}.`);
  return {
    subject: `Nightshift ${stage}: ${deleted.length} leftover${deleted.length === 1 ? '' : 's'} of drills deleted`,
    text: [
      'RDS was asked to delete these instances. A drill deletes its own: see why this one could not (docs/runbooks/restore-drill.md).',
      ...lines,
    ].join('\n'),
  };
}
