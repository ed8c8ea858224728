import { NightshiftError, ServiceError } from '../job/errors.ts';
import { describeAwsError, errorName, isTransient } from './errors.ts';

/** What to do about the errors whose own words mislead or say too little. */
const advice: Readonly<Record<string, string>> = {
  AccessDenied: 'Add the action to the role of the function.',
  AccessDeniedException: 'Add the action to the role of the function.',
  AccessDeniedFault: 'Add the action to the role of the function.',
  KMSKeyNotAccessibleFault:
    'The key may well exist: RDS says this also when a grant is missing. The caller needs kms:CreateGrant and kms:DescribeKey on it, its policy must not deny export.rds.amazonaws.com, and it must be a customer-managed key (not aws/rds) to be used across accounts.',
  SnapshotQuotaExceededFault:
    'The region holds as many manual snapshots as its quota allows (100 unless raised). Delete what is no longer needed (`nightshift backup list`, `nightshift backup cleanup`), or have the quota raised.',
  ExportTaskLimitReachedFault:
    'Five exports run in this account already. Wait for one to end, or look for one that hangs (`aws rds describe-export-tasks`).',
  IamRoleMissingPermissionsFault:
    'The role that RDS assumes for exports lacks s3:PutObject*, GetObject*, DeleteObject*, ListBucket or GetBucketLocation on the bucket.',
  IamRoleNotFoundFault:
    'Deploy the template of this stage: it creates the role that RDS assumes for exports.',
  InvalidS3BucketFault:
    'The bucket must exist in the region of the snapshot. Deploy the template of this stage, which creates it.',
  InvalidExportOnlyFault: 'A database, schema or table in "tables" does not exist in the snapshot.',
  InvalidDBInstanceStateFault:
    'The instance must be "available". See what it is busy with in the events of RDS, and try again.',
  DBInstanceNotFoundFault: 'Check "instance" and "region" in the config.',
  NoSuchBucket:
    'Deploy the template of this stage, which creates the bucket; check "backupBucket" in the config.',
};

/** An AWS error with what was being done and what to do next. A passing fault keeps its mark, so that a step retries it. */
export function explainAwsError(doing: string, error: unknown): Error {
  if (isTransient(error)) return error as Error;
  const name = errorName(error);
  const next = Object.hasOwn(advice, name) ? advice[name] : undefined;
  return new ServiceError(`${doing} failed. ${describeAwsError(error)}${next ? `\n${next}` : ''}`, {
    cause: error,
  });
}

/** Runs one call, and explains what AWS throws; an error of Nightshift's own explains itself. */
export async function explained<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof NightshiftError) throw error;
    throw explainAwsError(doing, error);
  }
}
