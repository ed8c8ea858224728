import type { Prices, RestoreDrillConfig } from '../../shared/config/schema.ts';
import type { RestorePlan } from './plan.ts';

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
}

type RestorePrices = Pick<Prices, 'rdsInstancePerHour' | 'rdsStoragePerGBMonth'>;

const hoursOfMonth = 730;

/** What the restored instance costs at most, in US dollars: a drill's until it expires, one that stays for each month. */
export function estimateCost(
  { removal }: RestorePlan,
  allocatedGiB: number,
  prices: RestorePrices,
  { expiresAfterHours }: Pick<RestoreDrillConfig, 'expiresAfterHours'>,
): CostLine[] {
  const hours = removal ? expiresAfterHours : hoursOfMonth;
  const how = removal ? `at most ${hours} h` : 'each month';
  const gigabytes = (allocatedGiB * 2 ** 30) / 1e9;
  return [
    { what: `instance, ${how}`, dollars: round(hours * prices.rdsInstancePerHour) },
    {
      what: `its storage, ${how}`,
      dollars: round(gigabytes * prices.rdsStoragePerGBMonth * (hours / hoursOfMonth)),
    },
  ];
}

function round(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
