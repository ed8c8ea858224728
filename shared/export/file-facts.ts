import type { S3Client } from '@aws-sdk/client-s3';
import type { StoredObject } from '../aws/objects.ts';
import { ServiceError } from '../job/errors.ts';
import { describeFooter, type Footer } from '../parquet/footer.ts';
import { openExportFile } from './open-file.ts';
import { readStoredChecksum } from './stored-checksum.ts';

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
  const facts = { key, bytes: sizeBytes, checksum: await readStoredChecksum(s3, { bucket, key }) };
  const opened = await openExportFile(s3, { bucket, key, sizeBytes });
  switch (opened.kind) {
    case 'open':
      return { ...facts, footer: describeFooter(opened.metadata) };
    case 'broken':
      return { ...facts, fault: opened.fault };
    case 'frozen':
      throw new ServiceError(
        `s3://${bucket}/${key} lies in Glacier and cannot be read. Thaw it (\`aws s3api restore-object\`), then start again.`,
      );
  }
}
