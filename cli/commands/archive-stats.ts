import type { Command } from 'commander';
import { pricePerGB } from '../../functions/audit-archive/estimate.ts';
import { type ArchiveStatistics, readStatistics } from '../../shared/archive/archive-statistics.ts';
import { type CatchUp, catchUp } from '../../shared/archive/catch-up.ts';
import type { Prices } from '../../shared/config/schema.ts';
import { type ArchiveContext, type ArchiveOptions, withArchive } from '../archive-context.ts';
import { print } from '../options.ts';
import { formatTable } from '../table.ts';
import { formatBytes, formatCount, formatPeriod } from '../units.ts';

interface PolicyStats extends ArchiveStatistics {
  /** What the rows took less what their files take; null where rows stay in the database. */
  readonly savedBytes: number | null;
  readonly savedDollarsPerMonth: number | null;
  readonly catchUp: CatchUp;
}

export function addArchiveStats(archive: Command): Command {
  return archive
    .command('stats')
    .description('rows, bytes, savings, days behind, and when it will have caught up')
    .addHelpText(
      'after',
      "\nExamples:\n  nightshift archive stats --stage prod\n  nightshift archive stats --json | jq '.[] | {policy, daysBehind}'",
    )
    .action((options: ArchiveOptions) => withArchive(options, (opened) => stats(opened, options)));
}

async function stats({ connect, prices }: ArchiveContext, options: ArchiveOptions): Promise<void> {
  const policies = (await connect(readStatistics)).map((statistics) => withSavings(statistics, prices));
  print(options, policies, () => describe(policies));
}

type StorageClass = Parameters<typeof pricePerGB>[0];

function withSavings(statistics: ArchiveStatistics, prices: Prices): PolicyStats {
  const { rawBytes, bytes, storageClass, backlog } = statistics;
  const known = { ...statistics, catchUp: catchUp(backlog) };
  if (bytes === null) return { ...known, savedBytes: null, savedDollarsPerMonth: null };
  const perGB = pricePerGB((storageClass ?? 'STANDARD') as StorageClass, prices);
  const dollars = (rawBytes / 1e9) * prices.rdsStoragePerGBMonth - (bytes / 1e9) * perGB;
  return {
    ...known,
    savedBytes: rawBytes - bytes,
    savedDollarsPerMonth: Math.round(dollars * 100) / 100,
  };
}

const header = [
  'table',
  'rows',
  'of',
  'were',
  'are',
  'saved a month',
  'rows/s',
  'last run',
  'days behind',
  'caught up',
];
const numbers = ['rows', 'were', 'are', 'saved a month', 'rows/s', 'days behind'];

function describe(policies: readonly PolicyStats[]): string {
  if (policies.length === 0) return 'Nothing has been archived yet.';
  return [
    formatTable(header, policies.map(describePolicy), numbers),
    'What is saved is storage of the database that need not be bought, at the prices in the config, less what the files cost.',
  ].join('\n\n');
}

function describePolicy(policy: PolicyStats): string[] {
  const { oldest, newest, rowsPerSecond, daysBehind, savedDollarsPerMonth, lastSlot, lastStatus } = policy;
  return [
    policy.policy,
    formatCount(policy.rows),
    formatPeriod(oldest, newest),
    formatBytes(policy.rawBytes),
    policy.bytes === null ? `in ${policy.archiveTable ?? '?'}` : formatBytes(policy.bytes),
    savedDollarsPerMonth === null ? '-' : `$${savedDollarsPerMonth.toFixed(2)}`,
    rowsPerSecond === null ? '-' : formatCount(rowsPerSecond),
    lastSlot ? `${lastSlot} ${lastStatus}` : '-',
    daysBehind === null ? '?' : formatCount(Math.round(daysBehind)),
    describeCatchUp(policy.catchUp),
  ];
}

function describeCatchUp(when: CatchUp): string {
  switch (when.kind) {
    case 'caught up':
      return 'yes';
    case 'will have caught up':
      return `about ${when.at.slice(0, 10)} (${when.daysPerDay.toFixed(1)} days a day)`;
    case 'falls behind':
      return `never, at this pace (${when.daysPerDay.toFixed(1)} days a day)`;
    case 'unknown':
      return 'two runs will tell';
  }
}
