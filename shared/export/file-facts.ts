import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { explained } from '../aws/explain.ts';
import type { StoredObject } from '../aws/objects.ts';
import { type Footer, readFooter } from '../parquet/footer.ts';

export interface FileFacts {
  readonly key: string;
  readonly bytes: number;
  readonly checksum: string | null;
  /** Undefined where the file is no whole Parquet file; `fault` says why. */
  readonly footer?: Footer;
  readonly fault?: string;
}

/** Reads a file's footer by range requests, and the checksum that S3 holds for it; its rows are never fetched. */
export async function readFileFacts(s3: S3Client, bucket: string, object: StoredObject): Promise<FileFacts> {
  const { key, sizeBytes } = object;
  const head = await explained(`Looking at s3://${bucket}/${key}`, () =>
    s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' })),
  );
  const facts = { key, bytes: sizeBytes, checksum: checksumOf(head) };
  const fetchFaults: unknown[] = [];
  try {
    const footer = await readFooter(sizeBytes, async (start, end) => {
      try {
        return await fetchRange(s3, bucket, key, start, end);
      } catch (error) {
        fetchFaults.push(error);
        throw error;
      }
    });
    return { ...facts, footer };
  } catch (error) {
    // What S3 answers is not the file's fault: the step tries again. What the parser says is.
    if (fetchFaults.length > 0) throw error;
    return { ...facts, fault: (error as Error).message };
  }
}

async function fetchRange(
  s3: S3Client,
  bucket: string,
  key: string,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  const answer = await explained(`Reading the footer of s3://${bucket}/${key}`, () =>
    s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${start}-${end - 1}` })),
  );
  const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function checksumOf(head: HeadObjectCommandOutput): string | null {
  const held = {
    sha256: head.ChecksumSHA256,
    crc64nvme: head.ChecksumCRC64NVME,
    crc32c: head.ChecksumCRC32C,
    crc32: head.ChecksumCRC32,
    sha1: head.ChecksumSHA1,
    etag: head.ETag?.replaceAll('"', ''),
  };
  const [found] = Object.entries(held).filter(([, value]) => value !== undefined);
  return found ? found.join(':') : null;
}
