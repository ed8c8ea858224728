import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** One file of a data directory, with its path inside it. */
export interface BackupFile {
  readonly relativePath: string;
  readonly sizeBytes: number;
  readonly inode: bigint;
  readonly modifiedNs: bigint;
}

export interface BackupListing {
  /** Parents before children; those with left-out contents are here too. */
  readonly folders: readonly string[];
  readonly files: readonly BackupFile[];
}

/** Folders whose contents a backup leaves out, as `pg_basebackup` does: made anew at start, or WAL. */
const EMPTIED_FOLDERS = new Set([
  'pg_wal',
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);

const LEFT_OUT_FILES = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'backup_label.old',
  'tablespace_map',
  'backup_manifest',
  'current_logfiles.tmp',
  'recovery.signal',
  'standby.signal',
]);

const TEMPORARY_RELATION = /^t\d+_\d+(_\w+)?(\.\d+)?$/;

function isLeftOut(name: string): boolean {
  return (
    LEFT_OUT_FILES.has(name) ||
    name.startsWith('pgsql_tmp') ||
    name.startsWith('pg_internal.init') ||
    TEMPORARY_RELATION.test(name)
  );
}

/** Lists what a base backup of a running server must hold. Files that vanish meanwhile are left out. */
export async function listBackupFiles(dataDirectory: string): Promise<BackupListing> {
  const folders: string[] = ['pg_wal/archive_status'];
  const files: BackupFile[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    folders.push(folder);
    if (EMPTIED_FOLDERS.has(folder)) continue;
    const entries =
      (await unlessGone(readdir(path.join(dataDirectory, folder), { withFileTypes: true }))) ?? [];
    for (const entry of entries) {
      const relativePath = path.join(folder, entry.name);
      if (isLeftOut(entry.name)) continue;
      if (entry.isDirectory()) pending.push(relativePath);
      else files.push(...(await describe(dataDirectory, relativePath, entry)));
    }
  }
  return { folders: folders.toSorted(), files };
}

async function describe(dataDirectory: string, relativePath: string, entry: Dirent): Promise<BackupFile[]> {
  if (entry.isSymbolicLink()) {
    throw new Error(
      `Backing up ${dataDirectory}: ${relativePath} leads outside. Tablespaces are not supported by the local RDS.`,
    );
  }
  const found = await unlessGone(stat(path.join(dataDirectory, relativePath), { bigint: true }));
  if (!found) return [];
  return [{ relativePath, sizeBytes: Number(found.size), inode: found.ino, modifiedNs: found.mtimeNs }];
}

/** A running server drops files at any moment; WAL replay sets right what a backup lacks because of that. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
