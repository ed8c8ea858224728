import { ArchiveThread } from './archive-thread.ts';
import type { ReadBack } from './file-summary.ts';

export interface ReadBackRequest {
  /** The file's bytes, from first to last: an object's body, or a stream of a local file. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Where many files are read: see encodeCopy. */
  readonly thread?: ArchiveThread;
}

/**
 * Decodes every value of a file that encodeCopy made, in a worker thread, and hashes it anew. The file lies in the
 * system's temporary folder meanwhile, and a row group at a time in memory. Throws MalformedRows where it is damaged.
 */
export async function readBack(request: ReadBackRequest): Promise<ReadBack> {
  const thread = request.thread ?? new ArchiveThread();
  try {
    const output = thread.run<ReadBack>({ kind: 'read-back' }, request.source, request.signal);
    for (;;) {
      const { done, value } = await output.next();
      if (done) return value;
    }
  } finally {
    if (!request.thread) await thread.close();
  }
}
