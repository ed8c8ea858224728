import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { RestoredShape } from '../../shared/restore/restore-order.ts';
import type { Groups } from './groups.ts';

/** A throw-away: nothing is backed up, nothing protects it, nobody outside reaches it, and it stays as it was restored. */
export function drillShape(
  groups: Groups,
  instanceClass: string | null,
  iamAuthentication: boolean,
): RestoredShape {
  return {
    ...groups,
    instanceClass,
    iamAuthentication,
    optionGroup: null,
    backupRetentionDays: 0,
    backupWindow: null,
    multiAz: false,
    publiclyAccessible: false,
    deletionProtection: false,
    copyTagsToSnapshot: false,
    autoMinorVersionUpgrade: false,
    exportedLogs: [],
  };
}

/** As the source is: what is restored for real takes its place. Of a source that is gone, RDS decides, and backs it up. */
export function recoveryShape(source: InstanceFact | null, iamAuthentication: boolean): RestoredShape {
  if (!source) {
    const unknown = { subnetGroup: null, securityGroupIds: [], parameterGroup: null };
    return {
      ...drillShape(unknown, null, iamAuthentication),
      backupRetentionDays: retentionOfTheUnknown,
      deletionProtection: true,
      copyTagsToSnapshot: true,
    };
  }
  const { instanceClass, subnetGroup, securityGroupIds, parameterGroup, optionGroup } = source;
  return {
    instanceClass,
    subnetGroup,
    securityGroupIds,
    parameterGroup,
    optionGroup,
    backupRetentionDays: source.backupRetentionDays,
    backupWindow: source.backupWindow,
    multiAz: source.multiAz,
    publiclyAccessible: source.publiclyAccessible,
    deletionProtection: source.deletionProtection,
    iamAuthentication: source.iamAuthentication || iamAuthentication,
    copyTagsToSnapshot: source.copyTagsToSnapshot,
    autoMinorVersionUpgrade: source.autoMinorVersionUpgrade,
    exportedLogs: source.exportedLogs,
  };
}

const retentionOfTheUnknown = 7;
