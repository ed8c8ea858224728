import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type BaseBackup, takeBaseBackup } from '../../postgres/base-backup.ts';
import { pruneSegments } from '../../postgres/wal-archive.ts';
import type { RdsContext } from '../context.ts';
import { archiveFolder } from '../folders.ts';
import type { Instance } from '../state.ts';
import { adminConnection } from './server.ts';

export interface BackUpOptions {
  readonly onProgress?: (copiedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Takes a base backup of a running instance into `destination`. */
export async function backUp(
  rds: RdsContext,
  instance: Instance,
  destination: string,
  { onProgress, signal }: BackUpOptions = {},
): Promise<BaseBackup> {
  await mkdir(path.dirname(destination), { recursive: true });
  const backup = await takeBaseBackup({
    connection: adminConnection(rds, instance),
    dataDirectory: instance.dataDirectory,
    archiveFolder: archiveFolder(instance),
    destination,
    signal: AbortSignal.any([rds.background.signal, ...(signal ? [signal] : [])]),
    ...(instance.lastBackup && { previous: instance.lastBackup }),
    ...(onProgress && { onProgress }),
  });
  instance.lastBackup = backup;
  // Without point-in-time recovery nobody reads older WAL than that of a backup under way.
  if (!instance.automatedBackup) await pruneSegments(archiveFolder(instance), backup.firstSegment);
  return backup;
}
