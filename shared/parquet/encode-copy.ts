import type { Readable } from 'node:stream';
import type { ArchiveColumn } from './archive-columns.ts';
import type { FileSummary } from './file-summary.ts';

export interface EncodeRequest {
  /** What COPY … (FORMAT binary) sends, cut anywhere. Chunks that own their whole ArrayBuffer are taken over. */
  readonly source: Readable | AsyncIterable<Uint8Array>;
  readonly columns: readonly ArchiveColumn[];
  /** More for the file's key-value metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Age and key columns: their bounds are told, and statistics and a page index are written for them. */
  readonly bounded?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface EncodedFile {
  /** The finished bytes as they come. To be read to its end, or ended early (`return`), which stops everything. */
  readonly file: AsyncIterable<Uint8Array>;
  /** Settles when `file` has ended. */
  readonly summary: Promise<FileSummary>;
}

/**
 * Turns rows of COPY BINARY into one Parquet file, in a worker thread. Throws (from `file` and `summary`) ColumnNeedsText,
 * RowTooLarge, MalformedRows, and what the source or the signal throw.
 */
export function encodeCopy(_request: EncodeRequest): EncodedFile {
  throw new Error('not yet');
}
