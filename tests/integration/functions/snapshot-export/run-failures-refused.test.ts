import { describe } from '@jest/globals';
import { testOrderedFaults, useFailingRuns } from './failing-runs.ts';

describe('a call that RDS refuses', () => {
  testOrderedFaults(useFailingRuns(), [
    {
      what: 'the key is denied',
      fault: { kind: 'kms-denied' },
      says: [/KMSKeyNotAccessibleFault/, /kms:CreateGrant/],
    },
    {
      what: 'the role of exports lacks a permission',
      long: true,
      fault: {
        kind: 'call-refused',
        identifier: 'StartExportTask',
        code: 'IamRoleMissingPermissions',
        message: 'The role lacks permissions.',
      },
      says: [/IamRoleMissingPermissions/, /s3:PutObject/],
    },
    {
      what: 'the caller may not take snapshots',
      long: true,
      fault: {
        kind: 'call-refused',
        identifier: 'CreateDBSnapshot',
        code: 'AccessDenied',
        status: 403,
        message: 'not authorized to perform: rds:CreateDBSnapshot',
      },
      says: [/AccessDenied/, /rds:CreateDBSnapshot/, /role of the function/],
    },
    {
      what: 'the quota of snapshots is reached',
      fault: {
        kind: 'call-refused',
        identifier: 'CreateDBSnapshot',
        code: 'SnapshotQuotaExceeded',
        message: 'Cannot create more than 100 manual snapshots.',
      },
      says: [/SnapshotQuotaExceededFault/, /backup cleanup/],
    },
  ]);
});
