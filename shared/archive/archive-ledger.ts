import type { Client } from 'pg';
import { type ListedBatch, listedColumns } from './archive-manifest.ts';

/** One row of `nightshift.archive_batches`, as it is written in the transaction that deletes the rows. */
export interface NewBatch {
  /** The policy's name: the table, in the spelling of the config. */
  readonly policy: string;
  readonly slot: string;
  readonly destination: 's3' | 'table';
  readonly rows: number;
  readonly rawBytes: number;
  readonly seconds: number;
  /** `DbiResourceId` of the instance. */
  readonly resourceId: string;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly smallestKey: string | null;
  readonly largestKey: string | null;
  readonly file?: {
    readonly bucket: string;
    readonly key: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly contentHash: string;
  };
  /** That took the rows or, of a batch in S3, their days. */
  readonly archiveTable?: string;
  readonly partition?: string;
}

/** Enters a batch into the ledger, in the transaction that is open; answers its id. */
export async function enterBatch(client: Client, batch: NewBatch): Promise<string> {
  const { file } = batch;
  const columns: Record<string, unknown> = {
    policy: batch.policy,
    slot: batch.slot,
    destination: batch.destination,
    bucket: file?.bucket,
    object_key: file?.key,
    archive_table: batch.archiveTable,
    partition_name: batch.partition,
    rows: batch.rows,
    bytes: file?.sizeBytes,
    raw_bytes: batch.rawBytes,
    sha256: file?.sha256,
    content_hash: file?.contentHash,
    smallest_key: batch.smallestKey,
    largest_key: batch.largestKey,
    oldest: batch.oldest,
    newest: batch.newest,
    dbi_resource_id: batch.resourceId,
    seconds: batch.seconds,
  };
  const names = Object.keys(columns);
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO nightshift.archive_batches (${names.join(', ')})
     VALUES (${names.map((_, at) => `$${at + 1}`).join(', ')}) RETURNING id::text`,
    Object.values(columns),
  );
  return rows[0]?.id ?? '';
}

/** A batch as the ledger has it. */
export interface LedgerBatch extends ListedBatch {
  readonly slot: string;
  readonly bucket: string | null;
  /** `schema.name` as the config spells it: where the rows went, or beside S3 their days. */
  readonly archiveTable: string | null;
  /** As Postgres writes them, in the session's time zone; null where no row has a time. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly manifestSequence: number | null;
}

/** Which batches; what is left out does not choose. */
export interface LedgerFilter {
  readonly policies?: readonly string[];
  /** ISO 8601: batches that hold rows of this time or later, and earlier than `to`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const ledgerSql = /* sql */ `
  SELECT ${listedColumns}, slot, bucket, archive_table AS "archiveTable", oldest::text, newest::text,
         manifest_sequence AS "manifestSequence"
    FROM nightshift.archive_batches
   WHERE ($1::text[] IS NULL OR policy = ANY ($1))
     AND ($2::timestamptz IS NULL OR newest IS NULL OR newest >= $2)
     AND ($3::timestamptz IS NULL OR oldest IS NULL OR oldest < $3)
   ORDER BY archive_batches.id`;

export async function readBatches(
  client: Client,
  { policies, from, to }: LedgerFilter = {},
): Promise<LedgerBatch[]> {
  const values = [policies ?? null, from ?? null, to ?? null];
  return (await client.query<LedgerBatch>(ledgerSql, values)).rows;
}
