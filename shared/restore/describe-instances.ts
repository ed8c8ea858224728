import {
  type DBInstance,
  DescribeDBInstancesCommand,
  paginateDescribeDBInstances,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { hasName } from '../aws/errors.ts';
import { explained } from '../aws/explain.ts';
import type { InstanceFact } from './instance-fact.ts';

/** One instance as it is now, or undefined where there is none of that name. Throws ServiceError. */
export function describeInstance(rds: RDSClient, identifier: string): Promise<InstanceFact | undefined> {
  return explained(`Describing the instance ${identifier}`, async () => {
    try {
      const { DBInstances } = await rds.send(
        new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
      );
      return (DBInstances ?? []).map(toInstanceFact)[0];
    } catch (error) {
      if (hasName(error, 'DBInstanceNotFoundFault')) return undefined;
      throw error;
    }
  });
}

/** Every instance of the account in the client's region. Throws ServiceError. */
export function describeInstances(rds: RDSClient): Promise<InstanceFact[]> {
  return explained('Listing the instances', async () => {
    const found: InstanceFact[] = [];
    for await (const page of paginateDescribeDBInstances({ client: rds }, {}))
      found.push(...(page.DBInstances ?? []).map(toInstanceFact));
    return found;
  });
}

function toInstanceFact(instance: DBInstance): InstanceFact {
  return {
    identifier: instance.DBInstanceIdentifier ?? '',
    status: instance.DBInstanceStatus ?? 'unknown',
    address: instance.Endpoint?.Address
      ? { host: instance.Endpoint.Address, port: instance.Endpoint.Port ?? 5432 }
      : null,
    resourceId: instance.DbiResourceId ?? '',
    engineVersion: instance.EngineVersion ?? 'unknown',
    instanceClass: instance.DBInstanceClass ?? 'unknown',
    allocatedGiB: instance.AllocatedStorage ?? 0,
    tags: Object.fromEntries((instance.TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
    ...placeOf(instance),
    ...habitsOf(instance),
  };
}

function placeOf(instance: DBInstance) {
  return {
    subnetGroup: instance.DBSubnetGroup?.DBSubnetGroupName ?? null,
    securityGroupIds: (instance.VpcSecurityGroups ?? []).flatMap(
      ({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? [],
    ),
    parameterGroup: instance.DBParameterGroups?.[0]?.DBParameterGroupName ?? null,
    optionGroup: instance.OptionGroupMemberships?.[0]?.OptionGroupName ?? null,
    multiAz: instance.MultiAZ ?? false,
    publiclyAccessible: instance.PubliclyAccessible ?? false,
  };
}

function habitsOf(instance: DBInstance) {
  return {
    backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
    backupWindow: instance.PreferredBackupWindow ?? null,
    deletionProtection: instance.DeletionProtection ?? false,
    iamAuthentication: instance.IAMDatabaseAuthenticationEnabled ?? false,
    copyTagsToSnapshot: instance.CopyTagsToSnapshot ?? false,
    autoMinorVersionUpgrade: instance.AutoMinorVersionUpgrade ?? false,
    exportedLogs: instance.EnabledCloudwatchLogsExports ?? [],
    latestRestorableTime: instance.LatestRestorableTime?.toISOString() ?? null,
  };
}
