import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { explained } from '../aws/explain.ts';
import { ProofError } from '../job/errors.ts';
import type { FileBatch } from './check-file.ts';

/** Fetches a batch's file to a path of this machine. Throws ProofError where it is not the one that the ledger names. */
export async function fetchFile(
  s3: S3Client,
  { bucket, key, sha256 }: FileBatch,
  path: string,
): Promise<void> {
  const place = `s3://${bucket}/${key}`;
  const hash = createHash('sha256');
  await explained(`Fetching ${place}`, async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const hashed = async function* (bytes: AsyncIterable<Uint8Array>) {
      for await (const chunk of bytes) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(Body as Readable, hashed, createWriteStream(path, { mode: 0o600 }));
  });
  if (hash.digest('hex') === sha256) return;
  throw new ProofError(
    `${place} is not the file that the ledger names: its SHA-256 differs. Run \`nightshift archive verify\`, and look for it among the bucket's earlier versions.`,
  );
}
