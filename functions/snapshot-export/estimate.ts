import type { Prices, SnapshotExportConfig } from '../../shared/config/schema.ts';
import type { MakingPlan } from './plan.ts';

type ExportPrices = Pick<
  Prices,
  | 'snapshotExportPerGB'
  | 'backupStoragePerGBMonth'
  | 's3StandardPerGBMonth'
  | 's3GlacierPerGBMonth'
  | 'interRegionPerGB'
>;

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
}

/**
 * What the plan's new work would cost, in US dollars, from the editable prices and the instance's allocated storage:
 * an upper estimate, since neither the snapshot's nor the export's size is known before they are made.
 */
export function estimateCost(
  plan: MakingPlan,
  allocatedGiB: number,
  prices: ExportPrices,
  { snapshotDays, copyDays }: Pick<SnapshotExportConfig['retention'], 'snapshotDays' | 'copyDays'>,
): CostLine[] {
  const gigabytes = (allocatedGiB * 2 ** 30) / 1e9;
  const storedFor = (days: number) => gigabytes * prices.backupStoragePerGBMonth * (days / 30.4);
  const lines: CostLine[] = [];
  const add = (what: string, dollars: number) =>
    lines.push({ what, dollars: Math.round(dollars * 100) / 100 });
  if (plan.snapshot.kind === 'take snapshot') {
    add(`snapshot kept ${snapshotDays} days, if none of it is free`, storedFor(snapshotDays));
  }
  if (plan.export?.kind === 'start export') {
    add('export', gigabytes * prices.snapshotExportPerGB);
    add('export in S3 Standard, first month', gigabytes * prices.s3StandardPerGBMonth);
    add('export in Glacier, each month after', gigabytes * prices.s3GlacierPerGBMonth);
  }
  if (plan.copy?.kind === 'copy snapshot') {
    add(`transfer to ${plan.copy.region}`, gigabytes * prices.interRegionPerGB);
    add(`copy kept ${copyDays} days`, storedFor(copyDays));
  }
  return lines;
}
