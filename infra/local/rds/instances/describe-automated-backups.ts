import { AwsFault } from '../../gateway/service.ts';
import { type Action, stateOf } from '../context.ts';
import type { AutomatedBackup } from '../state.ts';
import { applyFilters, type FilterFields } from '../wire/filters.ts';
import { paginate } from '../wire/pagination.ts';
import type { XmlObject } from '../wire/xml.ts';

const FILTERS: FilterFields<AutomatedBackup> = {
  status: ({ status }) => [status],
  'db-instance-id': ({ instanceIdentifier, instanceArn }) => [instanceIdentifier, instanceArn],
  'dbi-resource-id': ({ dbiResourceId }) => [dbiResourceId],
};

export const describeDBInstanceAutomatedBackups: Action = (rds, { region, form }) => {
  const instance = form.text('DBInstanceIdentifier')?.toLowerCase();
  const resource = form.text('DbiResourceId');
  const arn = form.text('DBInstanceAutomatedBackupsArn');
  const found = [...stateOf(rds, region).automatedBackups.values()].filter(
    (backup) =>
      (!instance || backup.instanceIdentifier === instance) &&
      (!resource || backup.dbiResourceId === resource) &&
      (!arn || backup.arn === arn),
  );
  if (found.length === 0 && (resource || arn)) {
    throw new AwsFault(
      'DBInstanceAutomatedBackupNotFound',
      `Automated backup not found: ${resource ?? arn}`,
      404,
    );
  }
  const page = paginate(
    applyFilters(found, form.filters(), FILTERS),
    form,
    ({ dbiResourceId }) => dbiResourceId,
  );
  return { DBInstanceAutomatedBackups: page.items.map(backupFields), Marker: page.marker };
};

function backupFields(backup: AutomatedBackup): XmlObject {
  const { traits } = backup;
  return {
    DBInstanceAutomatedBackupsArn: backup.arn,
    DBInstanceArn: backup.instanceArn,
    DBInstanceIdentifier: backup.instanceIdentifier,
    DbiResourceId: backup.dbiResourceId,
    Region: backup.region,
    Status: backup.status,
    RestoreWindow: {
      EarliestTime: backup.bases[0]?.endedAt,
      LatestTime: backup.latestRestorableTime,
    },
    InstanceCreateTime: backup.instanceCreateTime,
    AllocatedStorage: traits.allocatedStorageGiB,
    MasterUsername: traits.masterUsername,
    Engine: 'postgres',
    EngineVersion: traits.engineVersion,
    Encrypted: traits.kmsKeyId !== undefined,
    KmsKeyId: traits.kmsKeyId,
    StorageType: 'gp3',
    BackupRetentionPeriod: backup.retentionDays,
    PreferredBackupWindow: backup.backupWindow,
    TagList: backup.tags.map(({ Key, Value }) => ({ Key, Value })),
  };
}
