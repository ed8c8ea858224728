import { AwsFault } from '../../gateway/service.ts';
import { identifierIn } from '../arn.ts';
import { type Action, type RdsContext, stateOf } from '../context.ts';
import type { Instance } from '../state.ts';
import { applyFilters, type FilterFields } from '../wire/filters.ts';
import { paginate } from '../wire/pagination.ts';
import type { XmlObject } from '../wire/xml.ts';
import { shownStatus } from './find.ts';

const FILTERS: FilterFields<Instance> = {
  'db-instance-id': ({ identifier, arn }) => [identifier, arn],
  'dbi-resource-id': ({ dbiResourceId }) => [dbiResourceId],
  engine: () => ['postgres'],
};

export const describeDBInstances: Action = (rds, { region, form }) => {
  const { instances } = stateOf(rds, region);
  const given = form.text('DBInstanceIdentifier');
  const wanted = given && identifierIn(given, 'db', region).identifier;
  const named = wanted
    ? [...instances.values()].filter(({ identifier }) => identifier === wanted)
    : instances.values();
  if (wanted && Array.isArray(named) && named.length === 0) {
    throw new AwsFault('DBInstanceNotFound', `DBInstance ${wanted} not found.`, 404);
  }
  const page = paginate(applyFilters(named, form.filters(), FILTERS), form, ({ identifier }) => identifier);
  return { DBInstances: page.items.map((instance) => instanceFields(rds, instance)), Marker: page.marker };
};

/** The fields of the service's `DBInstance` that a job can use. */
export function instanceFields(rds: RdsContext, instance: Instance): XmlObject {
  const { traits, server, posture } = instance;
  return {
    DBInstanceIdentifier: instance.identifier,
    DBInstanceArn: instance.arn,
    DbiResourceId: instance.dbiResourceId,
    DBInstanceStatus: shownStatus(rds, instance),
    DBInstanceClass: traits.instanceClass,
    Engine: 'postgres',
    EngineVersion: traits.engineVersion,
    LicenseModel: 'postgresql-license',
    MasterUsername: traits.masterUsername,
    DBName: traits.databaseName,
    // Not told before the server has its address.
    Endpoint: server && { Address: '127.0.0.1', Port: server.port },
    AllocatedStorage: traits.allocatedStorageGiB,
    StorageType: 'gp3',
    StorageEncrypted: traits.kmsKeyId !== undefined,
    KmsKeyId: traits.kmsKeyId,
    InstanceCreateTime: instance.createTime,
    PreferredBackupWindow: instance.backupWindow,
    PreferredMaintenanceWindow: 'sun:06:00-sun:06:30',
    BackupRetentionPeriod: instance.backupRetentionDays,
    LatestRestorableTime: instance.automatedBackup?.latestRestorableTime,
    AvailabilityZone: `${instance.region}a`,
    MultiAZ: posture.multiAz,
    PubliclyAccessible: posture.publiclyAccessible,
    MaxAllocatedStorage: posture.maxAllocatedStorageGiB,
    EnabledCloudwatchLogsExports: posture.exportedLogs.length > 0 ? posture.exportedLogs : undefined,
    AutoMinorVersionUpgrade: true,
    CopyTagsToSnapshot: instance.copyTagsToSnapshot,
    DeletionProtection: instance.deletionProtection,
    IAMDatabaseAuthenticationEnabled: false,
    PerformanceInsightsEnabled: false,
    DBParameterGroups: [{ DBParameterGroupName: instance.parameterGroup, ParameterApplyStatus: 'in-sync' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-local', Status: 'active' }],
    TagList: instance.tags.map(({ Key, Value }) => ({ Key, Value })),
  };
}
