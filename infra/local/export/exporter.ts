import type { S3Client } from '@aws-sdk/client-s3';

/** A Postgres server started from the snapshot's files, for the length of one export. */
export interface SnapshotServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** What its TLS certificate is verified by; without it the connection is made without TLS. */
  readonly certificatePem?: string;
}

export interface ExportRequest {
  readonly exportTaskIdentifier: string;
  readonly sourceArn: string;
  /** `database`, `database.schema` or `database.schema.table`; empty means everything. */
  readonly exportOnly: readonly string[];
  readonly snapshotTime: Date;
  readonly taskStartTime: Date;
  readonly bucket: string;
  /** Without a trailing slash; empty for none. */
  readonly prefix: string;
  readonly iamRoleArn: string;
  readonly kmsKeyId: string;
  readonly server: SnapshotServer;
  readonly s3: S3Client;
  readonly onProgress: (percent: number, extractedBytes: number) => void;
  readonly signal: AbortSignal;
}

export interface ExportOutcome {
  readonly extractedBytes: number;
  /** The service's JSON string of what was skipped, when something was. */
  readonly warningMessage?: string;
}

/** Reads the snapshot's server and writes the real service's layout: the work of one export task. */
export type Exporter = (request: ExportRequest) => Promise<ExportOutcome>;
