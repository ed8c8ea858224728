import type { Prices } from '../../shared/config/schema.ts';
import type { PolicyFacts } from './facts.ts';
import type { ArchiveAction } from './plan.ts';
import type { ArchivePolicy } from './policy.ts';

export interface CostLine {
  readonly what: string;
  readonly dollars: number;
}

/** What an action would come to, as far as it can be known before. */
export interface Estimate {
  /** What the rows take in the table and its TOAST now. */
  readonly tableBytes: number;
  /** Of the files; null where no batch of this policy has shown yet how far its rows shrink. */
  readonly fileBytes: number | null;
  /** At the speed of the policy's last batches; null where it has none. */
  readonly seconds: number | null;
  readonly costs: readonly CostLine[];
}

type ArchivePrices = Pick<
  Prices,
  | 's3StandardPerGBMonth'
  | 's3StandardIAPerGBMonth'
  | 's3GlacierInstantPerGBMonth'
  | 's3PutPerThousand'
  | 'rdsStoragePerGBMonth'
>;

/** Rows, bytes and time from statistics and the ledger, US dollars from the editable prices: estimates, all of them. */
export function estimateArchive(
  action: ArchiveAction,
  { table, speed }: Pick<PolicyFacts, 'table' | 'speed'>,
  prices: ArchivePrices,
): Estimate {
  const bytesPerRow = table?.estimatedRows ? table.heapBytes / table.estimatedRows : 0;
  const tableBytes = Math.round(action.rows * bytesPerRow);
  const fileBytes = speed?.bytesPerRow ? Math.round(action.rows * speed.bytesPerRow) : null;
  return {
    tableBytes,
    fileBytes,
    seconds: speed ? Math.ceil(action.rows / speed.rowsPerSecond) : null,
    costs: costsOf(action, tableBytes, fileBytes, prices),
  };
}

function costsOf(
  { policy, rows, partitions }: ArchiveAction,
  tableBytes: number,
  fileBytes: number | null,
  prices: ArchivePrices,
): CostLine[] {
  const saved = {
    what: 'storage of the database, each month, once VACUUM lets it be used again',
    dollars: -dollars(tableBytes, prices.rdsStoragePerGBMonth),
  };
  if (policy.to.kind === 'table') return policy.rollUp ? [saved] : [];
  const { storageClass } = policy.to;
  const size = fileBytes ?? tableBytes;
  const files = partitions.length || Math.ceil(rows / policy.batchRows);
  return [
    {
      what: `${storageClass}, each month${fileBytes === null ? ', at most' : ''}`,
      dollars: dollars(size, pricePerGB(storageClass, prices)),
    },
    { what: `${files} uploads`, dollars: rounded((files / 1_000) * prices.s3PutPerThousand) },
    saved,
  ];
}

type StorageClass = Extract<ArchivePolicy['to'], { kind: 's3' }>['storageClass'];

export function pricePerGB(storageClass: StorageClass, prices: ArchivePrices): number {
  switch (storageClass) {
    case 'STANDARD':
    case 'INTELLIGENT_TIERING':
      return prices.s3StandardPerGBMonth;
    case 'STANDARD_IA':
      return prices.s3StandardIAPerGBMonth;
    case 'GLACIER_IR':
      return prices.s3GlacierInstantPerGBMonth;
  }
}

const dollars = (bytes: number, perGB: number) => rounded((bytes / 1e9) * perGB);
const rounded = (amount: number) => Math.round(amount * 100) / 100;
