import { AwsFault } from '../../gateway/service.ts';
import type { BaseBackup } from '../../postgres/base-backup.ts';
import { type Action, type RdsContext, stateOf } from '../context.ts';
import { emitInstanceEvent } from '../event-catalogue.ts';
import { archiveFolder } from '../folders.ts';
import type { AutomatedBackup } from '../state.ts';
import type { Form } from '../wire/form.ts';
import { instanceFields } from './describe.ts';
import { findInstance } from './find.ts';
import { beginRestore, registerRestored } from './restore.ts';

/** Replays archived WAL on the newest base backup before the moment that is asked for. */
export const restoreDBInstanceToPointInTime: Action = (rds, { region, form }) => {
  const backup = findBackup(rds, region, form);
  const targetTime = readTarget(backup, form);
  const base = baseBefore(backup, targetTime);
  const source = { ...backup, backupRetentionDays: backup.retentionDays };
  const instance = registerRestored(rds, region, form.required('TargetDBInstanceIdentifier'), source, form);
  const recovery = { sourceArchive: archiveFolder({ backupFolder: backup.folder }), targetTime };
  beginRestore(rds, instance, { folder: base.folder, readers: backup.readers, recovery }, () => {
    emitInstanceEvent(rds, instance, 'RDS-EVENT-0019');
  });
  return { DBInstance: instanceFields(rds, instance) };
};

/** The source is named by exactly one of three parameters. */
function findBackup(rds: RdsContext, region: string, form: Form): AutomatedBackup {
  const identifier = form.text('SourceDBInstanceIdentifier');
  const resourceId = form.text('SourceDbiResourceId');
  const arn = form.text('SourceDBInstanceAutomatedBackupsArn');
  if ([identifier, resourceId, arn].filter(Boolean).length !== 1) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'Exactly one source must be specified for the restore.',
    );
  }
  if (identifier) {
    const instance = findInstance(rds, region, identifier);
    if (instance.automatedBackup) return instance.automatedBackup;
    throw new AwsFault(
      'PointInTimeRestoreNotEnabled',
      `Point in time restore is not enabled for the instance ${instance.identifier}: its backup retention is 0.`,
    );
  }
  const backups = [...stateOf(rds, region).automatedBackups.values()];
  const found = backups.find((backup) => backup.dbiResourceId === resourceId || backup.arn === arn);
  if (found) return found;
  const named = resourceId ?? arn ?? '';
  throw new AwsFault('DBInstanceAutomatedBackupNotFound', `Automated backup not found: ${named}`, 404);
}

function readTarget(backup: AutomatedBackup, form: Form): Date {
  const asked = form.time('RestoreTime');
  const newest = form.flag('UseLatestRestorableTime') ?? false;
  if ((asked !== undefined) === newest) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'Exactly one of RestoreTime and UseLatestRestorableTime must be specified.',
    );
  }
  const latest = backup.latestRestorableTime;
  if (!latest) {
    throw new AwsFault(
      'InvalidDBInstanceState',
      `The instance ${backup.instanceIdentifier} cannot be restored yet: its first backup has not ended.`,
    );
  }
  const target = asked ?? latest;
  if (target > latest) throw outside(backup, target);
  return target;
}

function baseBefore(backup: AutomatedBackup, target: Date): BaseBackup {
  const [base] = backup.bases
    .filter(({ endedAt }) => endedAt < target)
    .toSorted((a, b) => b.endedAt.getTime() - a.endedAt.getTime());
  if (!base) throw outside(backup, target);
  return base;
}

function outside(
  { instanceIdentifier, bases, latestRestorableTime }: AutomatedBackup,
  target: Date,
): AwsFault {
  const window = `${bases[0]?.endedAt.toISOString()} to ${latestRestorableTime?.toISOString()}`;
  return new AwsFault(
    'InvalidParameterValue',
    `The instance ${instanceIdentifier} cannot be restored to ${target.toISOString()}: it can be to ${window}.`,
  );
}
