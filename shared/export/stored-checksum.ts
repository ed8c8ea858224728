import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { explained } from '../aws/explain.ts';
import type { Place } from '../aws/objects.ts';

type Checksums = Pick<
  HeadObjectCommandOutput,
  'ChecksumSHA256' | 'ChecksumCRC64NVME' | 'ChecksumCRC32C' | 'ChecksumCRC32' | 'ChecksumSHA1' | 'ETag'
>;

/** The checksum that S3 holds for an object, as a manifest records it: `crc64nvme:…`; null where it holds none. */
export async function readStoredChecksum(s3: S3Client, { bucket, key }: Place): Promise<string | null> {
  const head = await explained(`Looking at s3://${bucket}/${key}`, () =>
    s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' })),
  );
  const [best] = checksumsOf(head);
  return best ?? null;
}

/** All that an answer of S3 says, the best first; the entity tag is a checksum only as long as nobody copies the object. */
export function checksumsOf(answer: Checksums): string[] {
  const held = {
    sha256: answer.ChecksumSHA256,
    crc64nvme: answer.ChecksumCRC64NVME,
    crc32c: answer.ChecksumCRC32C,
    crc32: answer.ChecksumCRC32,
    sha1: answer.ChecksumSHA1,
    etag: answer.ETag?.replaceAll('"', ''),
  };
  return Object.entries(held).flatMap(([algorithm, value]) =>
    value === undefined ? [] : [`${algorithm}:${value}`],
  );
}
