import {
  type RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { hasName } from '../aws/errors.ts';
import { explainAwsError } from '../aws/explain.ts';
import { describeWith } from './explain-restore.ts';
import type { RestoredShape, RestoreFrom, RestoreOrder } from './restore-order.ts';

/** Asks RDS for the restore; false where an instance of that name is there already. Throws ServiceError. */
export async function sendRestore(rds: RDSClient, order: RestoreOrder): Promise<boolean> {
  const { identifier, from } = order;
  try {
    await sendOne(rds, order);
    return true;
  } catch (error) {
    if (hasName(error, 'DBInstanceAlreadyExistsFault')) return false;
    throw describeWith(error, explainAwsError(`Restoring ${inWords(from)} to ${identifier}`, error));
  }
}

export function inWords(from: RestoreFrom): string {
  return from.kind === 'snapshot'
    ? `the snapshot ${from.identifier}`
    : `${from.sourceInstance} as of ${from.time}`;
}

async function sendOne(rds: RDSClient, { identifier, from, shape, tags }: RestoreOrder): Promise<void> {
  const common = { ...toInput(shape), Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  switch (from.kind) {
    case 'snapshot':
      await rds.send(
        new RestoreDBInstanceFromDBSnapshotCommand({
          ...common,
          DBInstanceIdentifier: identifier,
          DBSnapshotIdentifier: from.identifier,
        }),
      );
      return;
    case 'time':
      await rds.send(
        new RestoreDBInstanceToPointInTimeCommand({
          ...common,
          ...(from.automatedBackupsArn === null
            ? { SourceDBInstanceIdentifier: from.sourceInstance }
            : { SourceDBInstanceAutomatedBackupsArn: from.automatedBackupsArn }),
          TargetDBInstanceIdentifier: identifier,
          RestoreTime: new Date(from.time),
        }),
      );
  }
}

function toInput(shape: RestoredShape) {
  return {
    DBInstanceClass: shape.instanceClass ?? undefined,
    DBSubnetGroupName: shape.subnetGroup ?? undefined,
    VpcSecurityGroupIds: shape.securityGroupIds.length > 0 ? [...shape.securityGroupIds] : undefined,
    DBParameterGroupName: shape.parameterGroup ?? undefined,
    OptionGroupName: shape.optionGroup ?? undefined,
    BackupRetentionPeriod: shape.backupRetentionDays,
    PreferredBackupWindow: shape.backupWindow ?? undefined,
    MultiAZ: shape.multiAz,
    PubliclyAccessible: shape.publiclyAccessible,
    DeletionProtection: shape.deletionProtection,
    EnableIAMDatabaseAuthentication: shape.iamAuthentication,
    CopyTagsToSnapshot: shape.copyTagsToSnapshot,
    AutoMinorVersionUpgrade: shape.autoMinorVersionUpgrade,
    EnableCloudwatchLogsExports: shape.exportedLogs.length > 0 ? [...shape.exportedLogs] : undefined,
  };
}
