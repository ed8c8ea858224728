import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { listObjects } from '../aws/objects.ts';
import type { ArchiveFault } from './archive-fault.ts';
import { type FilePlace, fateOf, withoutLedgerRow } from './file-fate.ts';

export interface ExtraFiles {
  readonly faults: readonly ArchiveFault[];
  /** Files that need nobody's attention: of batches that are under way, or that were rolled back and will be swept. */
  readonly notes: readonly string[];
}

export interface Searched extends FilePlace {
  /** Ends in a slash. */
  readonly prefix: string;
}

/** Every object below the prefix that the ledger does not name. */
export async function findExtraFiles(s3: S3Client, client: Client, searched: Searched): Promise<ExtraFiles> {
  const { bucket, prefix } = searched;
  const keys: string[] = [];
  for await (const { key } of listObjects(s3, { bucket, prefix })) keys.push(key);
  const faults: ArchiveFault[] = [];
  const notes: string[] = [];
  for (const key of await withoutLedgerRow(client, bucket, keys)) {
    const what = `s3://${bucket}/${key}`;
    const fate = await fateOf(searched, client, key);
    if (fate === 'of an aborted batch')
      notes.push(`${what} is of a batch that was rolled back: the next run sweeps it`);
    if (fate === 'being written') notes.push(`${what} is being written`);
    if (fate !== 'unexplained') continue;
    const detail =
      'no row of the ledger names it, and nobody can tell where it comes from: it does not count, and is never swept';
    faults.push({ kind: 'extra file', what, detail });
  }
  return { faults, notes };
}
