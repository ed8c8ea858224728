import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { RdsContext } from './context.ts';
import type { Instance } from './state.ts';

/** Where WAL of the instance is archived; beside it lie base backups that no snapshot shows. */
export function archiveFolder({ backupFolder }: Pick<Instance, 'backupFolder'>): string {
  return path.join(backupFolder, 'archive');
}

export function newBaseFolder({ backupFolder }: Pick<Instance, 'backupFolder'>): string {
  return path.join(backupFolder, `base-${randomUUID()}`);
}

/** The files of a snapshot; not named for it, because a name can be used again. */
export function newSnapshotFolder({ host }: RdsContext, region: string): string {
  return path.join(host.folder, region, 'snapshots', randomUUID());
}

export function newExportFolder({ host }: RdsContext, region: string): string {
  return path.join(host.folder, region, 'exports', randomUUID());
}

export function instanceFolders(
  { host }: RdsContext,
  region: string,
  dbiResourceId: string,
): Pick<Instance, 'dataDirectory' | 'backupFolder'> {
  return {
    dataDirectory: path.join(host.folder, region, 'instances', dbiResourceId),
    backupFolder: path.join(host.folder, region, 'backups', dbiResourceId),
  };
}
