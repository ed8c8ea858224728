/** The job whose chain of manifests names the batches. */
export const archiveJob = 'audit-archive';

/** A batch of the ledger, as a manifest names it. */
export interface ListedBatch {
  readonly id: string;
  readonly policy: string;
  readonly destination: 's3' | 'table';
  readonly rows: number;
  readonly committedAt: string;
  readonly key: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly contentHash: string | null;
}

export interface ArchiveManifest {
  readonly batches: readonly ListedBatch[];
}

/** `nightshift.archive_batches` as a SELECT list that answers ListedBatch. */
export const listedColumns = /* sql */ `id::text, policy, destination, rows::float8 AS rows, object_key AS key,
  bytes::float8 AS bytes, to_json(committed_at AT TIME ZONE 'UTC')#>>'{}' || 'Z' AS "committedAt",
  sha256, content_hash AS "contentHash"`;
