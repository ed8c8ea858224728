import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { list } from './table-content.ts';

/** Where the exported rows stand while they are compared; it goes with the transaction. */
export const loadedTable = 'pg_temp.nightshift_exported';

/**
 * Loads an exported table beside the restored one, into a temporary table with the same types and without its
 * constraints. Inside a transaction that writes.
 */
export async function loadExported(
  client: Client,
  from: string,
  { columns, copyText }: { readonly columns: readonly string[]; readonly copyText: AsyncIterable<Buffer> },
): Promise<void> {
  const names = list(columns);
  await client.query(
    `CREATE TEMPORARY TABLE nightshift_exported ON COMMIT DROP AS SELECT ${names} FROM ${from} WITH NO DATA`,
  );
  const target = client.query(copyFrom(`COPY ${loadedTable} (${names}) FROM STDIN`));
  await pipeline(Readable.from(copyText), target);
}
