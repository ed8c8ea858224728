import { constants } from 'node:fs';
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client, ClientConfig } from 'pg';
import { type BackupFile, type BackupListing, listBackupFiles, unlessGone } from './backup-files.ts';
import { withConnection } from './connection.ts';
import { copySegments, waitForSegment } from './wal-archive.ts';

export interface BaseBackupOptions {
  /** A superuser's connection to the running server. */
  readonly connection: ClientConfig;
  readonly dataDirectory: string;
  readonly archiveFolder: string;
  /** Made by the backup; holds a data directory that recovers to one moment by itself. */
  readonly destination: string;
  /** An earlier backup of the same server: files unchanged since are shared with it instead of copied. */
  readonly previous?: BaseBackup;
  readonly onProgress?: (copiedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface BaseBackup {
  readonly folder: string;
  /** The oldest WAL segment that recovery from it reads. */
  readonly firstSegment: string;
  readonly sizeBytes: number;
  /** By the server's clock. */
  readonly startedAt: Date;
  /** The moment that it recovers to, or a few milliseconds earlier; by the server's clock. */
  readonly endedAt: Date;
  /** What it was copied from; the next backup compares. */
  readonly files: ReadonlyMap<string, BackupFile>;
}

interface BackupStart {
  readonly segment: string;
  readonly at: Date;
}

interface BackupStop {
  readonly segment: string;
  readonly at: Date;
  readonly label: string;
}

const CONTROL_FILE = path.join('global', 'pg_control');
const PARALLEL_COPIES = 8;
/** A file that was last written this long before the previous backup began cannot have changed unnoticed since. */
const SETTLED_NS = 2_000_000_000n;

/**
 * Copies a running server's data directory while clients go on writing, as `pg_basebackup` does.
 * The WAL that it needs lies in its own `pg_wal`: a server started from a copy recovers to the backup's end.
 */
export async function takeBaseBackup(options: BaseBackupOptions): Promise<BaseBackup> {
  // Start and stop have to come from one session: the server ends a backup whose session has gone.
  return withConnection(options.connection, async (client) => {
    const start = await startBackup(client);
    const listing = await listBackupFiles(options.dataDirectory);
    await makeFolders(options.destination, listing.folders);
    const copied = await copyFiles(options, listing);
    const stop = await stopBackup(client);
    await writeFile(path.join(options.destination, 'backup_label'), stop.label);
    const range = { first: start.segment, last: stop.segment };
    await waitForSegment(options.archiveFolder, stop.segment, options.signal && { signal: options.signal });
    const segments = await copySegments(
      options.archiveFolder,
      path.join(options.destination, 'pg_wal'),
      range,
    );
    return {
      folder: options.destination,
      firstSegment: start.segment,
      sizeBytes: copied + segments * 2 ** 20,
      startedAt: start.at,
      endedAt: stop.at,
      files: new Map(listing.files.map((file) => [file.relativePath, file])),
    };
  });
}

async function startBackup(client: Client): Promise<BackupStart> {
  const { rows } = await client.query<BackupStart>(/* sql */ `
    SELECT pg_walfile_name(pg_backup_start('nightshift', true)) AS segment, clock_timestamp() AS at`);
  return onlyRow(rows, 'pg_backup_start');
}

async function stopBackup(client: Client): Promise<BackupStop> {
  // Not waiting for the archive here: the server would look once a second only.
  const { rows } = await client.query<BackupStop>(/* sql */ `
    SELECT pg_walfile_name(lsn) AS segment, labelfile AS label, clock_timestamp() AS at
    FROM pg_backup_stop(wait_for_archive => false)`);
  return onlyRow(rows, 'pg_backup_stop');
}

function onlyRow<Row>(rows: readonly Row[], what: string): Row {
  const [row] = rows;
  if (row === undefined) throw new Error(`${what} returned no row.`);
  return row;
}

async function makeFolders(destination: string, folders: readonly string[]): Promise<void> {
  // Postgres refuses a data directory that others may read.
  for (const folder of folders) await mkdir(path.join(destination, folder), { recursive: true, mode: 0o700 });
}

async function copyFiles(options: BaseBackupOptions, { files }: BackupListing): Promise<number> {
  const totalBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let copiedBytes = 0;
  // The control file names the newest checkpoint: it comes last, so that no copied page is older than it says.
  const queue = files.filter((file) => file.relativePath !== CONTROL_FILE);
  const next = queue.values();
  async function work(): Promise<void> {
    for (const file of next) {
      options.signal?.throwIfAborted();
      await copyOrShare(options, file);
      copiedBytes += file.sizeBytes;
      options.onProgress?.(copiedBytes, totalBytes);
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_COPIES }, work));
  await copyOne(options, CONTROL_FILE);
  return copiedBytes;
}

async function copyOrShare(options: BaseBackupOptions, file: BackupFile): Promise<void> {
  const { previous, destination } = options;
  const shared =
    previous !== undefined &&
    isUnchanged(file, previous) &&
    (await share(path.join(previous.folder, file.relativePath), path.join(destination, file.relativePath)));
  if (!shared) await copyOne(options, file.relativePath);
}

/** False when the earlier backup has been deleted, or never held the file. */
async function share(from: string, to: string): Promise<boolean> {
  const made = await unlessGone(link(from, to).then(() => true));
  return made ?? false;
}

function isUnchanged(file: BackupFile, previous: BaseBackup): boolean {
  const before = previous.files.get(file.relativePath);
  return (
    before !== undefined &&
    before.inode === file.inode &&
    before.sizeBytes === file.sizeBytes &&
    before.modifiedNs === file.modifiedNs &&
    file.modifiedNs < BigInt(previous.startedAt.getTime()) * 1_000_000n - SETTLED_NS
  );
}

async function copyOne(
  { dataDirectory, destination }: BaseBackupOptions,
  relativePath: string,
): Promise<void> {
  const from = path.join(dataDirectory, relativePath);
  await unlessGone(copyFile(from, path.join(destination, relativePath), constants.COPYFILE_FICLONE));
}
