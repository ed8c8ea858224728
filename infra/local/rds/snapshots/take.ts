import { formatArn } from '../arn.ts';
import { type RdsContext, stateOf } from '../context.ts';
import { emitInstanceEvent, emitSnapshotEvent } from '../event-catalogue.ts';
import { newSnapshotFolder } from '../folders.ts';
import { backUp } from '../instances/back-up.ts';
import type { Instance, Snapshot } from '../state.ts';
import type { Tag } from '../wire/form.ts';

export interface SnapshotOrder {
  readonly identifier: string;
  readonly type: Snapshot['type'];
  readonly tags: readonly Tag[];
}

/** Registers a snapshot in `creating`. */
export function registerSnapshot(rds: RdsContext, instance: Instance, order: SnapshotOrder): Snapshot {
  const { region } = instance;
  const now = new Date();
  const snapshot: Snapshot = {
    ...order,
    region,
    arn: formatArn({ region, type: 'snapshot', identifier: order.identifier }),
    instanceIdentifier: instance.identifier,
    dbiResourceId: instance.dbiResourceId,
    instanceCreateTime: instance.createTime,
    traits: instance.traits,
    folder: newSnapshotFolder(rds, region),
    sourceRegion: undefined,
    sourceArn: undefined,
    backupRetentionDays: instance.backupRetentionDays,
    backupWindow: instance.backupWindow,
    status: 'creating',
    percentProgress: 0,
    createTime: now,
    originalCreateTime: now,
    sizeBytes: 0,
    sharedWith: [],
    port: instance.server?.port ?? 5432,
    readers: new Set(),
  };
  stateOf(rds, region).snapshots.set(snapshot.identifier, snapshot);
  return snapshot;
}

/**
 * Copies the running instance's files; the snapshot's moment lies somewhere in between, as on RDS.
 * Never rejects: what goes wrong shows as the status `failed`.
 */
export async function fillSnapshot(rds: RdsContext, instance: Instance, snapshot: Snapshot): Promise<void> {
  const automated = snapshot.type === 'automated';
  emitSnapshotEvent(rds, snapshot, automated ? 'RDS-EVENT-0090' : 'RDS-EVENT-0040');
  if (automated) emitInstanceEvent(rds, instance, 'RDS-EVENT-0001');
  if (instance.status === 'available') instance.status = 'backing-up';
  try {
    await copyFiles(rds, instance, snapshot);
    snapshot.percentProgress = 100;
    snapshot.status = 'available';
  } catch (error) {
    snapshot.status = 'failed';
    const expected = error instanceof OrderedFailure || instance.ending.signal.aborted;
    if (!expected) throw error;
  } finally {
    if (instance.status === 'backing-up') instance.status = 'available';
  }
  if (snapshot.status !== 'available') return;
  if (automated) emitInstanceEvent(rds, instance, 'RDS-EVENT-0002');
  emitSnapshotEvent(rds, snapshot, automated ? 'RDS-EVENT-0091' : 'RDS-EVENT-0042');
}

class OrderedFailure extends Error {
  override readonly name = 'OrderedFailure';
}

async function copyFiles(rds: RdsContext, instance: Instance, snapshot: Snapshot): Promise<void> {
  const { faults, background, delays } = rds;
  const names = [snapshot.identifier, instance.identifier] as const;
  const sticks = faults.take('snapshot-sticks', ...names);
  const fails = faults.take('snapshot-fails', ...names);
  await background.pause(delays.snapshotCreating / 2);
  if (sticks) await faults.stick(AbortSignal.any([background.signal, instance.ending.signal]));
  if (fails) throw new OrderedFailure();
  const backup = await backUp(rds, instance, snapshot.folder, {
    onProgress: (copied, total) => {
      snapshot.percentProgress = Math.floor((90 * copied) / total);
    },
  });
  snapshot.sizeBytes = backup.sizeBytes;
  const recoverable = instance.automatedBackup;
  if (snapshot.type === 'automated' && recoverable) recoverable.bases = [...recoverable.bases, backup];
  await background.pause(delays.snapshotCreating / 2);
}
