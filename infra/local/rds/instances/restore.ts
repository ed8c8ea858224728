import { AwsFault } from '../../gateway/service.ts';
import { copyCluster } from '../../postgres/data-directory.ts';
import type { RecoveryTarget } from '../../postgres/recovery.ts';
import type { RdsContext } from '../context.ts';
import { emitInstanceEvent } from '../event-catalogue.ts';
import { whilePending } from '../pending.ts';
import type { ClusterTraits, Instance } from '../state.ts';
import { mergeTags } from '../tags.ts';
import type { Form, Tag } from '../wire/form.ts';
import { startAutomatedBackups } from './automated-backups.ts';
import { registerInstance } from './new-instance.ts';
import { launch } from './server.ts';
import { checkStorage } from './storage.ts';

/** What a restored instance takes from its source, where the call does not say otherwise. */
export interface RestoreSource {
  readonly traits: ClusterTraits;
  readonly tags: readonly Tag[];
  readonly backupRetentionDays: number;
  readonly backupWindow: string;
}

export interface RestoreFiles {
  /** A base backup; whoever removes it waits for `readers`. */
  readonly folder: string;
  readonly readers: Set<Promise<unknown>>;
  readonly recovery?: RecoveryTarget;
}

/** Registers the new instance as a restore call asks for it. Throws as `registerInstance` does, and for its storage. */
export function registerRestored(
  rds: RdsContext,
  region: string,
  identifier: string,
  source: RestoreSource,
  form: Form,
): Instance {
  refuseUnknownGroups(form);
  const storageGiB = form.integer('AllocatedStorage') ?? source.traits.allocatedStorageGiB;
  checkStorage(source.traits.allocatedStorageGiB, storageGiB);
  const tags = form.tags();
  const parameterGroup = form.text('DBParameterGroupName');
  return registerInstance(rds, {
    region,
    identifier,
    traits: {
      ...source.traits,
      allocatedStorageGiB: storageGiB,
      instanceClass: form.text('DBInstanceClass') ?? source.traits.instanceClass,
    },
    // Without tags of its own it takes the source's, as the service does.
    tags: tags ? mergeTags([], tags) : source.tags,
    deletionProtection: form.flag('DeletionProtection') ?? false,
    backupRetentionDays: form.integer('BackupRetentionPeriod') ?? source.backupRetentionDays,
    backupWindow: form.text('PreferredBackupWindow') ?? source.backupWindow,
    copyTagsToSnapshot: form.flag('CopyTagsToSnapshot') ?? false,
    ...(parameterGroup && { parameterGroup }),
  });
}

/** The default subnet group is the only one here. */
function refuseUnknownGroups(form: Form): void {
  const group = form.text('DBSubnetGroupName');
  if (group && group !== 'default') {
    throw new AwsFault('DBSubnetGroupNotFoundFault', `DB subnet group ${group} does not exist.`, 404);
  }
  if (form.text('DBName')) {
    throw new AwsFault('InvalidParameterCombination', 'DBName is not supported when restoring PostgreSQL.');
  }
}

/** Takes the instance from `creating` to `available`, or to the bad end that is on order, in the background. */
export function beginRestore(
  rds: RdsContext,
  instance: Instance,
  files: RestoreFiles,
  restored: () => void,
): void {
  const work = rds.background.run(`Restoring ${instance.identifier}`, async () => {
    try {
      if (await meetOrders(rds, instance)) return;
      await bringUp(rds, instance, files);
      restored();
    } catch (error) {
      if (instance.ending.signal.aborted) return; // Deleted meanwhile: nobody waits for it.
      instance.status = 'restore-error';
      emitInstanceEvent(rds, instance, 'RDS-EVENT-0031');
      throw error;
    }
  });
  whilePending(instance.work, work);
  whilePending(files.readers, work);
}

/** True when a bad end was on order, and has come. */
async function meetOrders(rds: RdsContext, instance: Instance): Promise<boolean> {
  const { faults, background, delays } = rds;
  const { signal } = instance.ending;
  const sticks = faults.take('restore-sticks', instance.identifier);
  const badEnd = faults.take('restore-ends', instance.identifier);
  await background.pause(delays.restoring, signal);
  if (sticks) await faults.stick(AbortSignal.any([background.signal, signal]));
  if (!badEnd) return false;
  instance.status = badEnd.status;
  emitInstanceEvent(rds, instance, 'RDS-EVENT-0031');
  return true;
}

async function bringUp(rds: RdsContext, instance: Instance, files: RestoreFiles): Promise<void> {
  await copyCluster(rds.host, files.folder, instance.dataDirectory);
  instance.ending.signal.throwIfAborted();
  await launch(rds, instance, files.recovery ? { recovery: files.recovery } : {});
  instance.ending.signal.throwIfAborted();
  instance.createTime = new Date();
  instance.status = 'available';
  if (instance.backupRetentionDays > 0) startAutomatedBackups(rds, instance);
}
