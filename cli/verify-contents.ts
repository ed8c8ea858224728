import type { DuckDBConnection } from '@duckdb/node-api';
import { findExportOfSlot } from '../shared/export/exported-tables.ts';
import { judgeChain } from '../shared/export/judge-chain.ts';
import { type ContentsOptions, verifyExportContents } from '../shared/export/verify-contents.ts';
import { PreconditionError } from '../shared/job/errors.ts';
import type { Finding } from '../shared/verify/finding.ts';
import type { ExportContext } from './export-context.ts';
import { quoteText, withDuckDb } from './query/duckdb.ts';
import { withTemporaryFolder } from './temporary-folder.ts';
import { formatBar, formatBytes } from './units.ts';

/**
 * Reads a whole export, every byte and every value: what `nightshift backup verify --full` does beside the checks of each
 * day. `slot` left out means the last night's. Throws PreconditionError where there is none.
 */
export async function verifyContents(exports: ExportContext, slot?: string): Promise<Finding[]> {
  // The one that the checks of the day speak of: the newest link may be a labelled export of one table.
  const link = slot === undefined ? (await judgeChain(exports)).last : await findExportOfSlot(exports, slot);
  if (!link) {
    const which = slot === undefined ? 'has been proved yet' : `of the slot ${slot} was proved`;
    throw new PreconditionError(`No export of ${exports.database} ${which}.`);
  }
  const files = link.body.tables.flatMap((table) => table.files);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const title = `Read ${files.length} files of ${link.body.export.id}, ${formatBytes(total)}`;
  return exports.progress.task(title, (say) =>
    withScan((options) =>
      verifyExportContents(exports, link.body, {
        ...options,
        onProgress: ({ bytes }) => say(formatBar((bytes / Math.max(total, 1)) * 100)),
      }),
    ),
  );
}

/** What reading contents needs of this machine: a folder, and DuckDB to decode with. */
export function withScan<T>(work: (options: ContentsOptions) => Promise<T>): Promise<T> {
  return withDuckDb((connection) =>
    withTemporaryFolder((folder) => work({ folder, scan: (path) => scanFile(connection, path) })),
  );
}

/** Hashing each value makes DuckDB decode it; a count alone would be answered from the footer. */
async function scanFile(connection: DuckDBConnection, path: string): Promise<number> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*), bit_xor(hash(COLUMNS(*))) FROM read_parquet(${quoteText(path)}, hive_partitioning = false)`,
  );
  return Number(reader.getRows()[0]?.[0] ?? 0);
}
