import { rm } from 'node:fs/promises';
import { AwsFault } from '../../gateway/service.ts';
import { type Action, type RdsContext, stateOf } from '../context.ts';
import { emitInstanceEvent } from '../event-catalogue.ts';
import { checkSnapshotIdentifier } from '../identifiers.ts';
import { requirePlaceForSnapshot } from '../snapshots/find.ts';
import { fillSnapshot, registerSnapshot } from '../snapshots/take.ts';
import type { Instance } from '../state.ts';
import { mergeTags } from '../tags.ts';
import type { Form } from '../wire/form.ts';
import { dropAutomatedBackups } from './automated-backups.ts';
import { instanceFields } from './describe.ts';
import { findInstance } from './find.ts';
import { beat } from './heartbeat.ts';

/** Stops the server and removes its files, after the final snapshot where one is wanted. */
export const deleteDBInstance: Action = (rds, { region, form }) => {
  const instance = findInstance(rds, region, form.required('DBInstanceIdentifier'));
  if (instance.status === 'deleting') {
    throw new AwsFault('InvalidDBInstanceState', `Instance ${instance.identifier} is already being deleted.`);
  }
  if (instance.deletionProtection) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  }
  const finalSnapshot = readFinalSnapshot(rds, instance, form);
  const keepBackups = form.flag('DeleteAutomatedBackups') === false;
  instance.status = 'deleting';
  rds.background.run(`Deleting ${instance.identifier}`, async () => {
    // A restore is called off; a snapshot under way is waited for.
    instance.ending.abort();
    await Promise.allSettled(instance.work);
    if (finalSnapshot) await takeFinalSnapshot(rds, instance, finalSnapshot);
    await rds.background.pause(rds.delays.deleting);
    await endBackups(rds, instance, keepBackups);
    await removeInstance(rds, instance);
  });
  return { DBInstance: instanceFields(rds, instance) };
};

function readFinalSnapshot(rds: RdsContext, instance: Instance, form: Form): string | undefined {
  const given = form.text('FinalDBSnapshotIdentifier');
  const skip = form.flag('SkipFinalSnapshot') ?? false;
  if (skip === (given !== undefined)) {
    throw new AwsFault(
      'InvalidParameterCombination',
      skip
        ? 'FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.'
        : 'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  }
  if (given === undefined) return undefined;
  const identifier = checkSnapshotIdentifier('FinalDBSnapshotIdentifier', given);
  requirePlaceForSnapshot(rds, instance.region, identifier);
  if (!instance.server) {
    throw new AwsFault(
      'InvalidDBInstanceState',
      `Instance ${instance.identifier} is ${instance.status}: it can be deleted without a final snapshot only.`,
    );
  }
  return identifier;
}

async function takeFinalSnapshot(rds: RdsContext, instance: Instance, identifier: string): Promise<void> {
  const tags = mergeTags([], instance.copyTagsToSnapshot ? instance.tags : []);
  const snapshot = registerSnapshot(rds, instance, { identifier, type: 'manual', tags });
  await fillSnapshot(rds, instance, snapshot);
}

/** Kept backups can be restored up to the instance's last moment. */
async function endBackups(rds: RdsContext, instance: Instance, keep: boolean): Promise<void> {
  const backup = instance.automatedBackup;
  if (!backup) return;
  if (!keep) {
    instance.automatedBackup = undefined;
    await dropAutomatedBackups(rds, backup);
    return;
  }
  // The regular heartbeat ends first: two at once would end the same segment of WAL, and stumble over each other's file.
  backup.ending.abort();
  await Promise.allSettled(backup.readers);
  if (instance.server && backup.bases.length > 0) await beat(rds, instance, backup, rds.background.signal);
  backup.status = 'retained';
}

async function removeInstance(rds: RdsContext, instance: Instance): Promise<void> {
  await instance.server?.discard();
  await rm(instance.dataDirectory, { recursive: true, force: true });
  if (!instance.automatedBackup) await rm(instance.backupFolder, { recursive: true, force: true });
  stateOf(rds, instance.region).instances.delete(instance.identifier);
  emitInstanceEvent(rds, instance, 'RDS-EVENT-0003');
}
