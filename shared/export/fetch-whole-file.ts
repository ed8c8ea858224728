import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { hasName } from '../aws/errors.ts';
import { explained } from '../aws/explain.ts';
import type { ManifestFile } from './export-manifest.ts';
import { isFrozen } from './open-file.ts';
import { checksumsOf } from './stored-checksum.ts';
import { writeBlocks } from './write-blocks.ts';

/**
 * `hashed`: the bytes have the recorded checksum. `held`: it cannot be computed from the bytes alone (a checksum of parts,
 * or an entity tag under KMS), and S3 holds the recorded one. `unrecorded`: there is none to compare with.
 */
export type Fetched = 'hashed' | 'held' | 'unrecorded' | 'changed' | 'missing' | 'frozen';

/** Fetches a file to a path of this machine, and holds its bytes against the recorded checksum on their way. */
export async function fetchWholeFile(
  { s3, bucket }: { readonly s3: S3Client; readonly bucket: string },
  { key, bytes, checksum }: ManifestFile,
  path: string,
): Promise<Fetched> {
  const bytesOf = counter();
  try {
    return await explained(`Fetching s3://${bucket}/${key}`, async () => {
      const answer = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
      );
      const judge = judgeOf(checksum, answer);
      await writeBlocks(path, bytesOf.through(answer.Body as Readable, judge));
      return bytesOf.total() === bytes ? judge.verdict() : 'changed';
    });
  } catch (error) {
    if (isFrozen(error)) return 'frozen';
    const cause = (error as Error).cause;
    if (hasName(cause, 'NoSuchKey', 'NotFound')) return 'missing';
    // The SDK computes the checksum that S3 sends along with the bytes, and throws at their end.
    if (cause instanceof Error && /^checksum mismatch/i.test(cause.message)) return 'changed';
    throw error;
  }
}

function counter() {
  let total = 0;
  return {
    total: () => total,
    async *through(source: AsyncIterable<Uint8Array>, judge: Judge) {
      for await (const chunk of source) {
        total += chunk.length;
        judge.update(chunk);
        yield chunk;
      }
    },
  };
}

interface Judge {
  update(chunk: Uint8Array): void;
  verdict(): Fetched;
}

function judgeOf(recorded: string | null, answer: GetObjectCommandOutput): Judge {
  if (recorded === null) return { update: () => undefined, verdict: () => 'unrecorded' };
  const [algorithm = '', ...rest] = recorded.split(':');
  const value = rest.join(':');
  const held = checksumsOf(answer).includes(recorded);
  const isWhole = !/-\d+$/.test(value);
  const encrypted = answer.ServerSideEncryption?.startsWith('aws:kms') ?? false;
  if (isWhole && (algorithm === 'sha256' || algorithm === 'sha1'))
    return byHash(createHash(algorithm), 'base64', value);
  if (isWhole && algorithm === 'etag' && !encrypted) return byHash(createHash('md5'), 'hex', value);
  if (isWhole && algorithm === 'crc32') return byCrc32(value);
  // Of these the SDK holds the bytes against what S3 sends with them, which must be what was recorded.
  const computed = isWhole && (algorithm === 'crc64nvme' || algorithm === 'crc32c');
  return {
    update: () => undefined,
    verdict: () => (!held ? 'changed' : computed ? 'hashed' : 'held'),
  };
}

function byHash(hash: Hash, encoding: 'base64' | 'hex', recorded: string): Judge {
  return {
    update: (chunk) => void hash.update(chunk),
    verdict: () => (hash.digest(encoding) === recorded ? 'hashed' : 'changed'),
  };
}

function byCrc32(recorded: string): Judge {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    verdict: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64') === recorded ? 'hashed' : 'changed';
    },
  };
}
