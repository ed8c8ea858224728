import { archiveTable } from '../../shared/config/archive-faults.ts';
import type { ArchivePolicyConfig } from '../../shared/config/schema.ts';
import { formatTableName, parseTableName, type TableName } from '../../shared/config/table-name.ts';
import { ConfigError } from '../../shared/job/errors.ts';

/** One policy of the config, with its names taken apart; it survives as JSON. */
export interface ArchivePolicy extends Omit<ArchivePolicyConfig, 'table' | 'olderThan' | 'historyMayShrink'> {
  /** `schema.name` in its one spelling: how policy and table are called everywhere, also in the ledger. */
  readonly name: string;
  readonly source: TableName;
  readonly olderThanDays: number;
  /** The table that rows, or the days that they are rolled up to, go into; null where S3 alone takes them. */
  readonly archiveTable: TableName | null;
  /** Materialized views, in the same spelling, that may lose the archived period; true stands for all. */
  readonly historyMayShrink: true | readonly string[];
}

/** Takes a validated policy apart. Throws ConfigError for one that was not validated. */
export function readPolicy(config: ArchivePolicyConfig): ArchivePolicy {
  const { table, olderThan, historyMayShrink, ...rest } = config;
  const source = mustParse(table);
  const shrinking = historyMayShrink === true || (historyMayShrink || []).map((view) => spell(view));
  return {
    ...rest,
    name: formatTableName(source),
    source,
    olderThanDays: Number.parseInt(olderThan, 10),
    archiveTable: archiveTable(config) ?? null,
    historyMayShrink: shrinking,
  };
}

const spell = (table: string) => formatTableName(mustParse(table));

function mustParse(text: string): TableName {
  const table = parseTableName(text);
  if (table) return table;
  throw new ConfigError(`The archive policy's table ${JSON.stringify(text)} is no schema.name.`);
}
