import { AwsFault } from '../../gateway/service.ts';
import type { Action, RdsContext } from '../context.ts';
import { emitInstanceEvent } from '../event-catalogue.ts';
import type { Instance, Posture } from '../state.ts';
import type { Form } from '../wire/form.ts';
import { dropAutomatedBackups, startAutomatedBackups } from './automated-backups.ts';
import { instanceFields } from './describe.ts';
import { findInstance, requireAvailable } from './find.ts';
import { checkRetention } from './new-instance.ts';
import { setPassword } from './roles.ts';
import { adminConnection } from './server.ts';
import { checkStorage } from './storage.ts';

const WINDOW = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;

/** Changes what jobs change; all of it at once, as with `ApplyImmediately`. */
export const modifyDBInstance: Action = async (rds, { region, form }) => {
  const instance = findInstance(rds, region, form.required('DBInstanceIdentifier'));
  const protection = form.flag('DeletionProtection');
  const retentionDays = form.integer('BackupRetentionPeriod');
  const window = form.text('PreferredBackupWindow');
  const storageGiB = form.integer('AllocatedStorage');
  // Protection may change whatever the instance does; everything else waits for it.
  if (protection === undefined || hasOtherChanges(form)) requireAvailable(rds, instance);
  if (retentionDays !== undefined) checkRetention(retentionDays);
  if (window && !WINDOW.test(window)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid backup window: ${window}. Must be in the form hh24:mi-hh24:mi.`,
    );
  }
  if (storageGiB !== undefined) checkStorage(instance.traits.allocatedStorageGiB, storageGiB);

  if (protection !== undefined) instance.deletionProtection = protection;
  instance.posture = changedPosture(instance.posture, form);
  instance.backupWindow = window ?? instance.backupWindow;
  instance.copyTagsToSnapshot = form.flag('CopyTagsToSnapshot') ?? instance.copyTagsToSnapshot;
  instance.traits = {
    ...instance.traits,
    instanceClass: form.text('DBInstanceClass') ?? instance.traits.instanceClass,
    allocatedStorageGiB: storageGiB ?? instance.traits.allocatedStorageGiB,
  };
  const password = form.text('MasterUserPassword');
  if (password) {
    await setPassword(adminConnection(rds, instance), { name: instance.traits.masterUsername, password });
  }
  if (retentionDays !== undefined) await changeRetention(rds, instance, retentionDays);
  return { DBInstance: instanceFields(rds, instance) };
};

const CHANGES = [
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'AllocatedStorage',
  'CopyTagsToSnapshot',
  'DBInstanceClass',
  'MasterUserPassword',
  'MultiAZ',
  'PubliclyAccessible',
  'MaxAllocatedStorage',
];

function changedPosture(posture: Posture, form: Form): Posture {
  const logs = 'CloudwatchLogsExportConfiguration';
  const enabled = form.list(`${logs}.EnableLogTypes`, 'member') ?? [];
  const disabled = form.list(`${logs}.DisableLogTypes`, 'member') ?? [];
  const exported = new Set([...posture.exportedLogs, ...enabled].filter((log) => !disabled.includes(log)));
  return {
    multiAz: form.flag('MultiAZ') ?? posture.multiAz,
    publiclyAccessible: form.flag('PubliclyAccessible') ?? posture.publiclyAccessible,
    maxAllocatedStorageGiB: form.integer('MaxAllocatedStorage') ?? posture.maxAllocatedStorageGiB,
    exportedLogs: [...exported].sort(),
  };
}

function hasOtherChanges(form: Form): boolean {
  return CHANGES.some((name) => form.text(name) !== undefined);
}

/** 0 days ends automated backups and drops those that there are. */
async function changeRetention(rds: RdsContext, instance: Instance, days: number): Promise<void> {
  instance.backupRetentionDays = days;
  const backup = instance.automatedBackup;
  if (days === 0 && backup) {
    instance.automatedBackup = undefined;
    await dropAutomatedBackups(rds, backup);
    emitInstanceEvent(rds, instance, 'RDS-EVENT-0028');
  } else if (days > 0 && !backup) {
    startAutomatedBackups(rds, instance);
    emitInstanceEvent(rds, instance, 'RDS-EVENT-0032');
  } else if (backup) {
    backup.retentionDays = days;
  }
}
