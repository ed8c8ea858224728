import { rm } from 'node:fs/promises';
import { formatArn } from '../arn.ts';
import { type RdsContext, stateOf } from '../context.ts';
import { newBaseFolder } from '../folders.ts';
import { whilePending } from '../pending.ts';
import type { AutomatedBackup, Instance } from '../state.ts';
import { backUp } from './back-up.ts';
import { keepBeating } from './heartbeat.ts';

/** Makes point-in-time recovery possible from now on: a first base backup, then WAL archived regularly. */
export function startAutomatedBackups(rds: RdsContext, instance: Instance): void {
  const backup: AutomatedBackup = {
    arn: formatArn({
      region: instance.region,
      type: 'auto-backup',
      identifier: `ab-${instance.dbiResourceId.slice(3).toLowerCase()}`,
    }),
    region: instance.region,
    instanceIdentifier: instance.identifier,
    instanceArn: instance.arn,
    dbiResourceId: instance.dbiResourceId,
    instanceCreateTime: instance.createTime,
    folder: instance.backupFolder,
    traits: instance.traits,
    status: 'creating',
    tags: instance.tags,
    retentionDays: instance.backupRetentionDays,
    backupWindow: instance.backupWindow,
    bases: [],
    latestRestorableTime: undefined,
    ending: new AbortController(),
    readers: new Set(),
  };
  instance.automatedBackup = backup;
  stateOf(rds, instance.region).automatedBackups.set(instance.dbiResourceId, backup);
  const work = rds.background.run(`Backing up ${instance.identifier}`, async () => {
    await addFirstBase(rds, instance, backup);
    await keepBeating(rds, instance, backup);
  });
  whilePending(backup.readers, work);
}

async function addFirstBase(rds: RdsContext, instance: Instance, backup: AutomatedBackup): Promise<void> {
  try {
    const base = await backUp(rds, instance, newBaseFolder(instance), { signal: backup.ending.signal });
    backup.bases = [...backup.bases, base];
    if (backup.status === 'creating') backup.status = 'active';
  } catch (error) {
    if (!backup.ending.signal.aborted) throw error; // An instance that is deleted meanwhile needs no backup.
  }
}

/** Ends the backup and removes its files, and the automated snapshots, which live and die with it. */
export async function dropAutomatedBackups(rds: RdsContext, backup: AutomatedBackup): Promise<void> {
  backup.ending.abort();
  await Promise.allSettled(backup.readers);
  const { automatedBackups, snapshots } = stateOf(rds, backup.region);
  automatedBackups.delete(backup.dbiResourceId);
  const automated = [...snapshots.values()].filter(
    ({ type, dbiResourceId }) => type === 'automated' && dbiResourceId === backup.dbiResourceId,
  );
  for (const snapshot of automated) {
    snapshots.delete(snapshot.identifier);
    await Promise.allSettled(snapshot.readers);
    await rm(snapshot.folder, { recursive: true, force: true });
  }
  await Promise.all(backup.bases.map(({ folder }) => rm(folder, { recursive: true, force: true })));
}
