import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { hasName } from '../aws/errors.ts';
import { explained } from '../aws/explain.ts';
import type { Place } from '../aws/objects.ts';
import { ServiceError } from '../job/errors.ts';
import { asyncBuffer, readMetadata } from '../parquet/footer.ts';

/** How opening a Parquet file in S3 went; `frozen`: it lies in Glacier, and must be thawed to be read. */
export type Opened =
  | { readonly kind: 'open'; readonly file: AsyncBuffer; readonly metadata: FileMetaData }
  | { readonly kind: 'broken'; readonly fault: string }
  | { readonly kind: 'frozen' };

/**
 * Reads a file's footer by range requests, and leaves the rest to be read likewise. What the file's own fault is comes
 * back as such; what S3 refuses is thrown.
 */
export async function openExportFile(
  s3: S3Client,
  place: Place & { readonly sizeBytes: number },
): Promise<Opened> {
  const file = asyncBuffer(place.sizeBytes, (start, end) => fetchRange(s3, place, start, end));
  try {
    return { kind: 'open', file, metadata: await readMetadata(file) };
  } catch (error) {
    if (isFrozen(error)) return { kind: 'frozen' };
    if (isFaultOfFetching(error)) throw error;
    return { kind: 'broken', fault: (error as Error).message };
  }
}

const faultsOfFetching = new WeakSet<object>();

/** What S3 answers is not the file's fault: whoever called may try again. What the parser says is. */
export function isFaultOfFetching(error: unknown): boolean {
  return typeof error === 'object' && error !== null && faultsOfFetching.has(error);
}

/** S3 refuses to read what lies in Glacier, also where a thawed copy has expired. */
export function isFrozen(error: unknown): boolean {
  return hasName(error instanceof ServiceError ? error.cause : error, 'InvalidObjectState');
}

/** From `start` up to but not including `end`. */
async function fetchRange(
  s3: S3Client,
  { bucket, key }: Place,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  const range = { Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` };
  try {
    const bytes = await explained(`Reading s3://${bucket}/${key}`, async () => {
      const { Body } = await s3.send(new GetObjectCommand(range));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  } catch (error) {
    faultsOfFetching.add(error as object);
    throw error;
  }
}
