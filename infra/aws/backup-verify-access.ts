import { placeOf } from './audit-archive-access.ts';
import { arn, ownRegion, type Statement, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import {
  type ArchivedDatabase,
  archivedDatabases,
  copyRegions,
  type VerifiedDatabase,
  verifiedDatabases,
} from './job-databases.ts';
import { listedSnapshots } from './listed-snapshots.ts';
import { networkStatements } from './network-access.ts';
import { secretArn, signInStatements } from './sign-in-access.ts';

/** The part of backup-verify's role that follows from the config. It looks, and changes nothing. */
export function backupVerifyPolicy(deployment: Deployment) {
  const verified = verifiedDatabases(deployment.config);
  const names = new Set(verified.map(({ database }) => database));
  const archived = archivedDatabases(deployment.config).filter(({ database }) => names.has(database));
  const statements = [
    ...instanceStatements(verified),
    ...snapshotStatements(deployment, verified),
    ...secondRegionStatements(deployment, verified),
    ...archiveStatements(archived),
    ...networkStatements(deployment, deployment.names.functionName('backup-verify')),
  ];
  return {
    PolicyName: 'config',
    PolicyDocument: { Version: '2012-10-17', Statement: statements },
  };
}

function instanceStatements(verified: readonly VerifiedDatabase[]): Statement[] {
  const instances = instancesOf(verified);
  return [
    { Sid: 'SeeInstances', Effect: 'Allow', Action: 'rds:DescribeDBInstances', Resource: instances },
    {
      Sid: 'SeeRecoveryWindows',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstanceAutomatedBackups',
      Resource: [...instances, arn('rds', 'auto-backup:*')],
    },
    {
      Sid: 'SeeParameters',
      Effect: 'Allow',
      Action: 'rds:DescribeDBParameters',
      Resource: arn('rds', 'pg:*'),
    },
    { Sid: 'SeeQuotas', Effect: 'Allow', Action: 'rds:DescribeAccountAttributes', Resource: '*' },
  ];
}

function snapshotStatements({ config }: Deployment, verified: readonly VerifiedDatabase[]): Statement[] {
  const regions = [ownRegion, ...copyRegions(config)];
  return [
    {
      Sid: 'SeeSnapshots',
      Effect: 'Allow',
      Action: 'rds:DescribeDBSnapshots',
      Resource: regions.flatMap((region) => listedSnapshots(verified, region)),
    },
    {
      Sid: 'SeeWhoSharesThem',
      Effect: 'Allow',
      Action: 'rds:DescribeDBSnapshotAttributes',
      Resource: regions.map((region) => arn('rds', 'snapshot:*', region)),
    },
  ];
}

/** The quick look at an archive asks for each file's size, and reads the ledger, which lies in the database. */
function archiveStatements(archived: readonly ArchivedDatabase[]): Statement[] {
  if (archived.length === 0) return [];
  return [
    { Sid: 'SeeArchive', Effect: 'Allow', Action: 's3:GetObject', Resource: archived.map(placeOf) },
    ...signInStatements(archived),
  ];
}

/** What a restore over there needs is looked for by name; nothing where no database names any of it. */
function secondRegionStatements({ config }: Deployment, verified: readonly VerifiedDatabase[]): Statement[] {
  const named = (find: (second: SecondRegion) => string | undefined, toArn: ToArn) =>
    verified.flatMap(({ database, settings }) => {
      const region = config.databases[database]?.snapshotExport?.copyTo?.region;
      const name = settings.secondRegion && find(settings.secondRegion);
      return region === undefined || name === undefined ? [] : [toArn(name, region)];
    });
  return [
    see(
      'SeeSubnetGroupsThere',
      'rds:DescribeDBSubnetGroups',
      named((second) => second.subnetGroup, subnetGroup),
    ),
    see(
      'SeeParameterGroupsThere',
      'rds:DescribeDBParameterGroups',
      named((second) => second.parameterGroup, parameterGroup),
    ),
    see(
      'SeeSecretsThere',
      'secretsmanager:DescribeSecret',
      named((second) => second.secretId, secretArn),
    ),
  ].flat();
}

type SecondRegion = NonNullable<VerifiedDatabase['settings']['secondRegion']>;
type ToArn = (name: string, region: string) => Value;

const subnetGroup: ToArn = (name, region) => arn('rds', `subgrp:${name}`, region);
const parameterGroup: ToArn = (name, region) => arn('rds', `pg:${name}`, region);

function see(Sid: string, Action: string, Resource: readonly Value[]): Statement[] {
  return Resource.length === 0 ? [] : [{ Sid, Effect: 'Allow', Action, Resource }];
}

function instancesOf(verified: readonly VerifiedDatabase[]): Value[] {
  return [...new Set(verified.map(({ instance }) => instance))].map((instance) =>
    arn('rds', `db:${instance}`),
  );
}
