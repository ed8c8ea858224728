import type { Client } from 'pg';
import { writerOf } from './archive-key.ts';

/** What is known of a file that the ledger did not name when it was asked. */
export type FileFate = 'counts' | 'being written' | 'of an aborted batch' | 'unexplained';

/** Where a file lies, and the instance that asks: `DbiResourceId`. */
export interface FilePlace {
  readonly bucket: string;
  readonly resourceId: string;
}

export async function withoutLedgerRow(
  client: Client,
  bucket: string,
  keys: readonly string[],
): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    /* sql */ `SELECT key FROM unnest($2::text[]) AS listed (key)
                WHERE NOT EXISTS (SELECT FROM nightshift.archive_batches WHERE bucket = $1 AND object_key = key)`,
    [bucket, keys],
  );
  return rows.map(({ key }) => key);
}

/** By the transaction that wrote it; of one of another instance, or one that is too old to be known, nobody can tell. */
export async function fateOf(
  { resourceId, bucket }: FilePlace,
  client: Client,
  key: string,
): Promise<FileFate> {
  const writer = writerOf(key);
  if (writer?.resourceId !== resourceId) return 'unexplained';
  switch (await statusOf(client, writer.transactionId)) {
    case 'aborted':
      return 'of an aborted batch';
    case 'in progress':
      return 'being written';
    case 'committed':
      // Perhaps only since the ledger was asked.
      return (await withoutLedgerRow(client, bucket, [key])).length === 0 ? 'counts' : 'unexplained';
    default:
      return 'unexplained';
  }
}

/** Null for one that is too old to be known. Of an id that was not given out yet, Postgres would not answer but raise. */
async function statusOf(client: Client, transactionId: string): Promise<string | null> {
  const { rows } = await client.query<{ status: string | null }>(
    /* sql */ `SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::xid8)
                           WHEN $1::xid8 <= pg_current_xact_id() THEN 'in progress' END AS status`,
    [transactionId],
  );
  return rows[0]?.status ?? null;
}
