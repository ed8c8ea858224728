import { arn, type Statement, sub, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { type ArchivedDatabase, archivedDatabases } from './job-databases.ts';
import { networkStatements } from './network-access.ts';
import { signInStatements } from './sign-in-access.ts';

/** The part of audit-archive's role that follows from the config: instances, places in the bucket, locks, sign-in and network. */
export function auditArchivePolicy(deployment: Deployment) {
  const archived = archivedDatabases(deployment.config);
  const functionName = deployment.names.functionName('audit-archive');
  return {
    PolicyName: 'config',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [...workStatements(archived), ...networkStatements(deployment, functionName)],
    },
  };
}

function workStatements(archived: readonly ArchivedDatabase[]): Statement[] {
  const places = archived.map(placeOf);
  return [
    {
      Sid: 'SeeInstances',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstances',
      Resource: [...new Set(archived.map(({ instance }) => instance))].map((instance) =>
        arn('rds', `db:${instance}`),
      ),
    },
    {
      Sid: 'KeepArchive',
      Effect: 'Allow',
      // Deleting sweeps what a rolled-back batch left; the bucket's versions and Object Lock hold what counts.
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: places,
    },
    ...lockStatements(archived),
    ...signInStatements(archived),
  ];
}

/** Where in the bucket a database's archive lies. */
export function placeOf({ database, settings }: ArchivedDatabase): Value {
  return inBucket(`${settings.archivePrefix}${database}/*`);
}

/** In the configured modes alone, and for no longer than the config says: a lock cannot be taken back. */
function lockStatements(archived: readonly ArchivedDatabase[]): Statement[] {
  return archived.flatMap((one, at) => {
    const locks = one.settings.policies.flatMap(({ to }) =>
      to.kind === 's3' && to.objectLock ? [to.objectLock] : [],
    );
    if (locks.length === 0) return [];
    return [
      {
        Sid: `LockArchive${at + 1}`,
        Effect: 'Allow' as const,
        Action: 's3:PutObjectRetention',
        Resource: placeOf(one),
        Condition: {
          StringEquals: { 's3:object-lock-mode': [...new Set(locks.map(({ mode }) => mode))] },
          NumericLessThanEquals: {
            's3:object-lock-remaining-retention-days': Math.max(...locks.map(({ days }) => days)),
          },
        },
      },
    ];
  });
}

function inBucket(keys: string): Value {
  return sub(`\${BackupBucket.Arn}/${keys}`);
}
