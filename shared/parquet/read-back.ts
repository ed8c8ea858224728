import type { ReadBack } from './file-summary.ts';

export interface ReadBackRequest {
  /** The object's bytes, from first to last. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly sizeBytes: number;
  readonly signal?: AbortSignal;
}

/** Decodes every value of a file that encodeCopy made, in a worker thread. Throws MalformedRows where it is damaged. */
export async function readBack(_request: ReadBackRequest): Promise<ReadBack> {
  throw new Error('not yet');
}
