import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { explained } from '../aws/explain.ts';
import type { ArchiveColumn } from '../parquet/archive-columns.ts';
import { archivedColumns } from '../parquet/to-copy-text.ts';
import type { FileBatch } from './check-file.ts';

/** The columns of an archived file, by range requests for its footer alone. */
export function readFileColumns(
  s3: S3Client,
  { bucket, key, bytes }: FileBatch,
): Promise<readonly ArchiveColumn[]> {
  const byteLength = bytes ?? 0;
  return explained(`Reading the footer of s3://${bucket}/${key}`, () =>
    archivedColumns({
      byteLength,
      slice: async (start, end = byteLength) => {
        const range = `bytes=${start}-${end - 1}`;
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }));
        return new Uint8Array((await Body?.transformToByteArray()) ?? []).buffer;
      },
    }),
  );
}
