import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { takeBaseBackup } from '../../postgres/base-backup.ts';
import type { RdsContext } from '../context.ts';
import { archiveFolder } from '../folders.ts';
import type { Instance } from '../state.ts';
import type { InstanceTemplate } from './create.ts';
import { adminConnection } from './server.ts';

/** Copies a running instance into `dataDirectory`, for `createInstance` to start others from, in this stack or another. */
export async function saveTemplate(
  rds: RdsContext,
  instance: Instance,
  dataDirectory: string,
): Promise<InstanceTemplate> {
  await mkdir(path.dirname(dataDirectory), { recursive: true });
  await takeBaseBackup({
    connection: adminConnection(rds, instance),
    dataDirectory: instance.dataDirectory,
    archiveFolder: archiveFolder(instance),
    destination: dataDirectory,
    signal: rds.background.signal,
  });
  return { dataDirectory, adminPassword: instance.traits.adminPassword };
}
