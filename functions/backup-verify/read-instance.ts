import {
  type DBInstance,
  DescribeDBInstanceAutomatedBackupsCommand,
  DescribeDBInstancesCommand,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import type { InstanceFact, RecoveryWindow } from './facts.ts';

/** The instance as it is now, or null where RDS knows none of that name. */
export async function readInstance(rds: RDSClient, identifier: string): Promise<InstanceFact | null> {
  try {
    const { DBInstances = [] } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
    );
    return DBInstances.map(toInstanceFact)[0] ?? null;
  } catch (error) {
    if (hasName(error, 'DBInstanceNotFoundFault')) return null;
    throw error;
  }
}

function toInstanceFact(instance: DBInstance): InstanceFact {
  const [group] = instance.DBParameterGroups ?? [];
  return {
    identifier: instance.DBInstanceIdentifier ?? '',
    resourceId: instance.DbiResourceId ?? null,
    status: instance.DBInstanceStatus ?? 'unknown',
    createdAt: instance.InstanceCreateTime?.toISOString() ?? null,
    engineVersion: instance.EngineVersion ?? 'unknown',
    latestRestorableTime: instance.LatestRestorableTime?.toISOString() ?? null,
    backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
    backupWindow: instance.PreferredBackupWindow ?? null,
    encrypted: instance.StorageEncrypted ?? false,
    kmsKeyId: instance.KmsKeyId ?? null,
    publiclyAccessible: instance.PubliclyAccessible ?? false,
    deletionProtection: instance.DeletionProtection ?? false,
    multiAz: instance.MultiAZ ?? false,
    allocatedGiB: instance.AllocatedStorage ?? 0,
    maxAllocatedGiB: instance.MaxAllocatedStorage ?? null,
    exportedLogs: instance.EnabledCloudwatchLogsExports ?? [],
    parameterGroup: group?.DBParameterGroupName ?? null,
    rebootPending: group?.ParameterApplyStatus === 'pending-reboot',
  };
}

/** From when to when the instance can be restored to a moment, or null where RDS keeps no automated backup of it. */
export async function readRecoveryWindow(rds: RDSClient, identifier: string): Promise<RecoveryWindow | null> {
  const { DBInstanceAutomatedBackups = [] } = await rds.send(
    new DescribeDBInstanceAutomatedBackupsCommand({ DBInstanceIdentifier: identifier }),
  );
  // Of an earlier instance with this name, backups may be retained: they are not those of this one.
  const own = DBInstanceAutomatedBackups.find(({ Status }) => Status !== 'retained');
  if (!own) return null;
  return {
    earliest: own.RestoreWindow?.EarliestTime?.toISOString() ?? null,
    latest: own.RestoreWindow?.LatestTime?.toISOString() ?? null,
  };
}
