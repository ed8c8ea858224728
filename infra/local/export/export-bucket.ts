import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { ExportRequest } from './exporter.ts';

/** Writes one object of the export, encrypted with the task's key as the service does. */
export type PutExportObject = (key: string, body: Uint8Array | string) => Promise<void>;

export function exportBucket({ s3, bucket, kmsKeyId, signal }: ExportRequest): PutExportObject {
  return async (key, content) => {
    const body = Buffer.from(content);
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: body,
        ContentLength: body.byteLength,
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: kmsKeyId,
      }),
      { abortSignal: signal },
    );
  };
}
