import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { mapAtOnce } from '../job/at-once.ts';
import { ArchiveThread } from '../parquet/archive-thread.ts';
import type { ArchiveFault } from './archive-fault.ts';
import { type LedgerBatch, readBatches } from './archive-ledger.ts';
import { type ArchiveManifest, archiveJob } from './archive-manifest.ts';
import { checkBatches } from './check-batches.ts';
import { findExtraFiles } from './check-extra.ts';
import { checkFile, type FileBatch, isFileBatch } from './check-file.ts';
import { checkTables } from './check-tables.ts';
import { readChain } from './read-chain.ts';

export interface VerifyRequest {
  readonly s3: S3Client;
  /** Opens a connection for one piece of work: reading the files may take hours. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  readonly bucket: string;
  /** The database's name in the config. */
  readonly database: string;
  /** `archivePrefix` of the config. */
  readonly prefix: string;
  /** `DbiResourceId` of the instance whose ledger it is. */
  readonly resourceId: string;
  /** Head requests instead of reading every value; of an archive table, whether it is there. */
  readonly quick: boolean;
  readonly onFile?: (done: number, of: number) => void;
}

export interface ArchiveVerification {
  readonly quick: boolean;
  readonly batches: number;
  /** That were read or asked for. */
  readonly files: number;
  readonly rowsInFiles: number;
  readonly fileBytes: number;
  readonly manifests: number;
  /** Hold it against the newest hash that was told: the chain cannot show that both its end and the ledger's were cut off. */
  readonly newestManifest: { readonly sequence: number; readonly sha256: string } | null;
  readonly faults: readonly ArchiveFault[];
  readonly notes: readonly string[];
}

/** Walks ledger, chain of manifests, objects and archive tables, and names every fault of each. Changes nothing. */
export async function verifyArchive(request: VerifyRequest): Promise<ArchiveVerification> {
  const { s3, connect, bucket, database } = request;
  const { extra, ledger } = await connect(async (client) => ({
    extra: await findExtraFiles(s3, client, { ...request, prefix: `${request.prefix}${database}/` }),
    ledger: await readBatches(client),
  }));
  // After the ledger: a batch is entered there before a manifest names it.
  const chain = await readChain<ArchiveManifest>(s3, { bucket, job: archiveJob, database });
  const checked = checkBatches(ledger, chain.links);
  const files = ledger.filter(isFileBatch);
  const fileFaults = await checkFiles(request, files);
  const { lost, pending, unnamed, tables } = await connect(async (client) => ({
    tables: await checkTables(client, request),
    lost: await lostBatches(client, checked.notInLedger),
    ...(await tellUnnamed(client, checked.unnamed)),
  }));
  const newest = chain.links.at(-1);
  return {
    quick: request.quick,
    batches: ledger.length,
    files: files.length,
    rowsInFiles: files.reduce((sum, { rows }) => sum + rows, 0),
    fileBytes: files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    manifests: chain.links.length,
    newestManifest: newest ? { sequence: newest.sequence, sha256: newest.sha256 } : null,
    faults: [
      ...fileFaults,
      ...extra.faults,
      ...tables.faults,
      ...checked.faults,
      ...lost,
      ...unnamed,
      ...chain.faults,
    ],
    notes: [...extra.notes, ...tables.notes, ...pending],
  };
}

const readersAtOnce = 2;
const headsAtOnce = 16;

async function checkFiles(
  { s3, quick, onFile }: VerifyRequest,
  files: readonly FileBatch[],
): Promise<ArchiveFault[]> {
  const threads: ArchiveThread[] = [];
  let done = 0;
  const found = await mapAtOnce(files, quick ? headsAtOnce : readersAtOnce, async (batch) => {
    const thread = quick ? undefined : (threads.pop() ?? new ArchiveThread());
    const fault = await checkFile(s3, batch, thread);
    if (thread) threads.push(thread);
    done += 1;
    onFile?.(done, files.length);
    return fault;
  });
  await Promise.all(threads.map((thread) => thread.close()));
  return found.filter((fault) => fault !== undefined);
}

/** Asked again, since batches were entered while the chain was read. */
async function lostBatches(client: Client, ids: readonly string[]): Promise<ArchiveFault[]> {
  const { rows } = await client.query<{ id: string }>(
    /* sql */ `SELECT id FROM unnest($1::text[]) AS named (id)
                WHERE NOT EXISTS (SELECT FROM nightshift.archive_batches b WHERE b.id::text = named.id)`,
    [ids],
  );
  return rows.map(({ id }) => ({
    kind: 'batch that the ledger lost',
    what: `batch ${id}`,
    detail: 'a manifest names it, and the ledger has no such row: its rows count for nothing any more',
  }));
}

/** A run names its batches at its end: those of one that began within a day and has not ended are not missed yet. */
async function tellUnnamed(client: Client, batches: readonly LedgerBatch[]) {
  const { rows } = await client.query<{ slot: string }>(
    /* sql */ `SELECT DISTINCT slot FROM nightshift.archive_runs
                WHERE status = 'running' AND started_at > clock_timestamp() - interval '1 day'`,
  );
  const running = new Set(rows.map(({ slot }) => slot));
  const pending = batches.filter(({ slot }) => running.has(slot));
  const unnamed = batches.filter(({ slot }) => !running.has(slot));
  return {
    pending: pending.map(
      ({ id, policy, slot }) => `batch ${id} of ${policy} is named when the run of ${slot} ends`,
    ),
    unnamed: unnamed.map(
      ({ id, policy, slot }): ArchiveFault => ({
        kind: 'batch that no manifest names',
        what: `batch ${id} of ${policy}`,
        detail: `the run of ${slot} ended before it was named: the next run of audit-archive names it`,
      }),
    ),
  };
}
