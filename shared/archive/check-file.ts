import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { describeAwsError, hasName } from '../aws/errors.ts';
import { MalformedRows } from '../parquet/archive-errors.ts';
import type { ArchiveThread } from '../parquet/archive-thread.ts';
import { readBack } from '../parquet/read-back.ts';
import type { ArchiveFault } from './archive-fault.ts';
import type { LedgerBatch } from './archive-ledger.ts';

/** A batch whose rows lie in a file. */
export type FileBatch = LedgerBatch & { readonly bucket: string; readonly key: string };

export const isFileBatch = (batch: LedgerBatch): batch is FileBatch =>
  batch.destination === 's3' && batch.bucket !== null && batch.key !== null;

/**
 * Holds one file against its ledger row: its size by a head request, or, where a thread is given, every value in it.
 * What keeps it from being read is its fault, so that the others are looked at as well.
 */
export async function checkFile(
  s3: S3Client,
  batch: FileBatch,
  thread: ArchiveThread | undefined,
): Promise<ArchiveFault | undefined> {
  const what = `s3://${batch.bucket}/${batch.key}`;
  const fault = (kind: ArchiveFault['kind'], detail: string) => ({ kind, what, detail });
  try {
    const differences = thread ? await readWhole(s3, batch, thread) : await askForHead(s3, batch);
    return differences.length > 0 ? fault('changed file', differences.join(', ')) : undefined;
  } catch (error) {
    const rows = `batch ${batch.id} of ${batch.policy}, ${batch.rows} rows`;
    if (hasName(error, 'NoSuchKey', 'NotFound')) return fault('missing file', rows);
    if (error instanceof MalformedRows) return fault('changed file', error.message);
    return fault('unread file', describeAwsError(error));
  }
}

async function askForHead(s3: S3Client, { bucket, key, bytes }: FileBatch): Promise<string[]> {
  const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  return ContentLength === bytes ? [] : [`${ContentLength} bytes instead of ${bytes}`];
}

async function readWhole(s3: S3Client, batch: FileBatch, thread: ArchiveThread): Promise<string[]> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: batch.bucket, Key: batch.key }));
  const found = await readBack({ source: Body as Readable, thread });
  return [
    found.sizeBytes !== batch.bytes && `${found.sizeBytes} bytes instead of ${batch.bytes}`,
    found.sha256.hex !== batch.sha256 && `sha256 ${found.sha256.hex} instead of ${batch.sha256}`,
    found.rows !== batch.rows && `${found.rows} rows instead of ${batch.rows}`,
    found.contentHash !== batch.contentHash && 'rows of other contents',
  ].filter((difference) => difference !== false);
}
