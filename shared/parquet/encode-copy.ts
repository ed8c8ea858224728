import type { Readable } from 'node:stream';
import type { ArchiveColumn } from './archive-columns.ts';
import { ArchiveThread } from './archive-thread.ts';
import type { FileSummary } from './file-summary.ts';

export interface EncodeRequest {
  /** What COPY … (FORMAT binary) sends, cut anywhere. Large chunks that fill their ArrayBuffer are taken over. */
  readonly source: Readable | AsyncIterable<Uint8Array>;
  readonly columns: readonly ArchiveColumn[];
  /** More for the file's key-value metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Age and key columns: their bounds are told, and statistics and a page index are written for them. */
  readonly bounded?: readonly string[];
  readonly signal?: AbortSignal;
  /** Where many files are made: one thread for all of them. Without it, a thread is started and ended for this file. */
  readonly thread?: ArchiveThread;
}

export interface EncodedFile {
  /** The finished bytes as they come. To be read to its end, or ended early (`return`), which stops everything. */
  readonly file: AsyncIterable<Uint8Array>;
  /** Settles when `file` has ended. */
  readonly summary: Promise<FileSummary>;
}

/**
 * Turns rows of COPY BINARY into one Parquet file, in a worker thread that starts when `file` is first asked for bytes.
 * `file` and `summary` throw ColumnNeedsText, RowTooLarge, MalformedRows, and what the source or the signal throw.
 */
export function encodeCopy(request: EncodeRequest): EncodedFile {
  const { promise, resolve, reject } = Promise.withResolvers<FileSummary>();
  // Who reads the file gets the same error from it, and may never ask for the summary.
  promise.catch(() => undefined);
  return { file: encode(request, resolve, reject), summary: promise };
}

async function* encode(
  request: EncodeRequest,
  resolve: (summary: FileSummary) => void,
  reject: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { source, columns, metadata = {}, bounded = [], signal } = request;
  const thread = request.thread ?? new ArchiveThread();
  try {
    resolve(yield* thread.run<FileSummary>({ kind: 'encode', columns, metadata, bounded }, source, signal));
  } catch (error) {
    reject(error);
    throw error;
  } finally {
    // Without effect where it has settled.
    reject(new Error('The archived file was left before its end.'));
    if (!request.thread) await thread.close();
  }
}
