import type { S3Client } from '@aws-sdk/client-s3';
import type { AuditArchiveConfig } from '../../shared/config/schema.ts';
import type { Job } from '../../shared/job/job.ts';
import type { ArchiveThread } from '../../shared/parquet/archive-thread.ts';

/** What a batch needs besides its connection and its rows. */
export interface ArchiveContext {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The database's name in the config. */
  readonly database: string;
  /** `DbiResourceId` of the instance that rows are taken from. */
  readonly resourceId: string;
  readonly slot: string;
  readonly settings: AuditArchiveConfig;
  readonly log: Job<unknown>['log'];
  /** What the plan has judged, by policy: a table that is not the same any more is left alone. See `fingerprintOf`. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** For all files of one slice; without it, each file starts one of its own. */
  readonly thread?: ArchiveThread;
}
