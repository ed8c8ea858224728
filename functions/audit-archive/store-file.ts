import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, type StorageClass } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { describeAwsError, isTransient } from '../../shared/aws/errors.ts';
import { explainAwsError } from '../../shared/aws/explain.ts';
import { NightshiftError, ProofError, ServiceError } from '../../shared/job/errors.ts';
import type { EncodedFile } from '../../shared/parquet/encode-copy.ts';
import type { FileSummary } from '../../shared/parquet/file-summary.ts';
import { readBack } from '../../shared/parquet/read-back.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { ArchivePolicy } from './policy.ts';

const partBytes = 8 * 2 ** 20;

/** Uploads the file while it is being made. What an interrupted upload leaves is no object, and S3 clears it away. */
export async function uploadFile(
  { s3, bucket }: ArchiveContext,
  key: string,
  { file, summary }: EncodedFile,
  storageClass: StorageClass,
): Promise<FileSummary> {
  const body = Readable.from(file, { objectMode: false });
  const upload = new Upload({
    client: s3,
    params: {
      Bucket: bucket,
      Key: key,
      Body: body,
      StorageClass: storageClass,
      ContentType: 'application/vnd.apache.parquet',
    },
    partSize: partBytes,
    queueSize: 2,
  });
  // What made the file stop tells more than the upload that lacks it.
  let stopped: { readonly cause: unknown } | undefined;
  summary.catch((cause: unknown) => {
    stopped = { cause };
  });
  try {
    await upload.done();
  } catch (error) {
    const { cause } = stopped ?? { cause: storageError(`Uploading s3://${bucket}/${key}`, error) };
    body.destroy();
    throw cause;
  }
  return summary;
}

/** Marked where the same may succeed later, so that the batch is tried again. */
function storageError(doing: string, error: unknown): Error {
  if (error instanceof NightshiftError) return error;
  if (!isTransient(error)) return explainAwsError(doing, error);
  return new ServiceError(`${doing} failed. ${describeAwsError(error)}`, { cause: error, transient: true });
}

/**
 * Fetches the object and holds it against what was written: size and SHA-256 always, and by default every value,
 * decoded again. Throws ProofError.
 */
export async function proveFile(
  { s3, bucket, thread }: ArchiveContext,
  key: string,
  written: FileSummary,
  verify: ArchivePolicy['verify'],
): Promise<void> {
  const found = await fetchFile().catch((error: unknown) => {
    throw storageError(`Reading back s3://${bucket}/${key}`, error);
  });
  async function fetchFile() {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = Body as Readable;
    if (verify === 'checksum') return digest(bytes);
    return readBack({ source: bytes, ...(thread && { thread }) });
  }
  const faults = [
    found.sizeBytes !== written.sizeBytes && `${found.sizeBytes} bytes instead of ${written.sizeBytes}`,
    found.sha256.hex !== written.sha256.hex && 'another SHA-256',
    'rows' in found && found.rows !== written.rows && `${found.rows} rows instead of ${written.rows}`,
    'contentHash' in found && found.contentHash !== written.contentHash && 'rows of other contents',
  ].filter((fault) => fault !== false);
  if (faults.length === 0) return;
  throw new ProofError(
    `s3://${bucket}/${key} was read back and holds ${faults.join(', ')}: nothing was deleted, and the file does not count. The next run makes it anew; if this comes again, look into the file before you delete it.`,
  );
}

async function digest(bytes: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return { sizeBytes, sha256: { hex: hash.digest('hex') } };
}
