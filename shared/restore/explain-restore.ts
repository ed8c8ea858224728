import { errorName } from '../aws/errors.ts';
import { ServiceError } from '../job/errors.ts';

/** What to do where RDS does not begin a restore. */
const advice: Readonly<Record<string, string>> = {
  AccessDenied: notAllowed(),
  AccessDeniedException: notAllowed(),
  InsufficientDBInstanceCapacityFault:
    'AWS has no instance of this class to give in these zones now. Start again later, choose another "instanceClass", or a subnet group with more zones. In an emergency the same would happen: think of a reserved or a more common class.',
  InstanceQuotaExceededFault:
    'The region holds as many instances as its quota allows (40 unless raised). Delete what is no longer needed, or have the quota raised: in an emergency there would be no place for the restored instance either.',
  StorageQuotaExceededFault:
    'The region’s instances have as much storage as its quota allows. Have the quota raised: in an emergency there would be no place for the restored instance either.',
  KMSKeyNotAccessibleFault:
    'The key of the backup may well exist: RDS says this also when a grant is missing. The caller needs kms:CreateGrant and kms:DescribeKey on it, and the key must be enabled: without it no backup that it encrypts can be restored.',
  DBSubnetGroupNotFoundFault:
    'Name a subnet group of this region under "restoreDrill.instance.subnetGroup", or deploy the template of this stage, which makes one.',
  DBSubnetGroupDoesNotCoverEnoughAZs: 'The subnet group needs subnets in two zones at least.',
  InvalidSubnet: 'A subnet of the subnet group is not of one VPC with the security groups.',
  InvalidVPCNetworkStateFault: 'The subnet group no longer fits its VPC: make it anew.',
  DBParameterGroupNotFoundFault:
    'Name a parameter group of this region and of the backup’s version under "restoreDrill.instance.parameterGroup".',
  DBSecurityGroupNotFoundFault: 'Name security groups that exist under "restoreDrill.instance".',
  OptionGroupNotFoundFault: 'The source’s option group does not exist there.',
  DBSnapshotNotFoundFault: 'It was deleted meanwhile, or is of another region.',
  InvalidDBSnapshotStateFault:
    'Only a snapshot that is "available" can be restored. Wait for it, or choose another (`nightshift backup list`).',
  InvalidRestoreFault: 'RDS cannot restore this backup to such an instance.',
  PointInTimeRestoreNotEnabledFault:
    'The instance keeps no automated backups: its retention is 0. Set it to 7 days or more at once.',
  DBInstanceAutomatedBackupNotFoundFault: 'There are no backups of this instance to restore a moment from.',
  InvalidParameterValue:
    'Where a time was asked for: it must lie within what can be restored (`aws rds describe-db-instance-automated-backups`).',
};

function notAllowed(): string {
  return 'The deployed function may restore to instances named nightshift-drill-… alone, with its own tags and groups. To restore for real, use `nightshift restore` with credentials of your own.';
}

/** The explained error, with what to do about a restore in the place of what is said in general. */
export function describeWith(error: unknown, explained: Error): Error {
  const next = Object.hasOwn(advice, errorName(error)) ? advice[errorName(error)] : undefined;
  if (!(explained instanceof ServiceError) || next === undefined) return explained;
  const [first = ''] = explained.message.split('\n');
  return new ServiceError(`${first}\n${next}`, { cause: error });
}
