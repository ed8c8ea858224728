import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { hasName } from './errors.ts';

export interface Place {
  readonly bucket: string;
  readonly key: string;
}

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModified: string;
}

/** As a listing tells it: with the class that it is stored in, `STANDARD` or `GLACIER`. */
export interface ListedObject extends StoredObject {
  readonly storageClass: string;
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The object's text, or undefined where there is none. */
export async function readText(s3: S3Client, { bucket, key }: Place): Promise<string | undefined> {
  try {
    const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await answer.Body?.transformToString('utf8')) ?? '';
  } catch (error) {
    if (hasName(error, 'NoSuchKey', 'NotFound')) return undefined;
    throw error;
  }
}

/**
 * Writes an object that must never change once it is there. Answers what is there afterwards: the given text, or
 * that of whoever was first.
 */
export async function putOnce(
  s3: S3Client,
  place: Place,
  text: string,
  metadata: Record<string, string> = {},
): Promise<string> {
  const present = await readText(s3, place);
  if (present !== undefined) return present;
  try {
    await s3.send(
      new PutObjectCommand({
        Bucket: place.bucket,
        Key: place.key,
        Body: text,
        ContentType: 'application/json',
        ChecksumAlgorithm: 'SHA256',
        IfNoneMatch: '*',
        Metadata: metadata,
      }),
    );
    return text;
  } catch (error) {
    if (!hasName(error, 'PreconditionFailed', 'ConditionalRequestConflict')) throw error;
    const winner = await readText(s3, place);
    if (winner !== undefined) return winner;
    throw error;
  }
}

export interface Listing {
  readonly bucket: string;
  readonly prefix: string;
  /** Begin behind this key. */
  readonly after?: string | undefined;
}

/** Every object under a prefix, page by page, in the order of their keys. */
export async function* listObjects(
  s3: S3Client,
  { bucket, prefix, after }: Listing,
): AsyncGenerator<ListedObject> {
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: prefix,
        StartAfter: after,
        ContinuationToken: token,
      }),
    );
    for (const { Key, Size, LastModified, StorageClass } of page.Contents ?? []) {
      if (Key === undefined) continue;
      yield {
        key: Key,
        sizeBytes: Size ?? 0,
        lastModified: (LastModified ?? new Date(0)).toISOString(),
        storageClass: StorageClass ?? 'STANDARD',
      };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}
