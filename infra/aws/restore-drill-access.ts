import { arn, ownRegion, type Statement, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { deleteDrills, drillInstances } from './drill-instances.ts';
import { type DrilledDatabase, drilledDatabases } from './job-databases.ts';
import { lendCopyKey, lendKey } from './key-access.ts';
import { listedSnapshots } from './listed-snapshots.ts';
import { networkStatements } from './network-access.ts';
import { tagsItself } from './own-tags.ts';
import { groupsIn } from './restore-groups.ts';
import { signInStatements } from './sign-in-access.ts';

/** The part of restore-drill's role that follows from the config: what it restores, to where, sign-in and network. */
export function restoreDrillPolicy(deployment: Deployment) {
  const drilled = drilledDatabases(deployment.config);
  const regions = drillRegions(deployment);
  const statements = [
    ...seeingStatements(deployment, drilled, regions),
    ...restoreStatements(deployment, drilled, regions),
    deleteDrills(deployment, regions),
    // RDS opens the key of what it restores in the caller's name; the config does not know the instance's own.
    ...lendKey('InstanceKey', ownRegion, arn('kms', 'key/*')),
    ...copiesOf(deployment).flatMap(({ region, kmsKeyId }, index) =>
      kmsKeyId === undefined ? [] : lendCopyKey(`CopyKey${index + 1}`, region, kmsKeyId),
    ),
    ...signInStatements(drilled),
    ...networkStatements(deployment, deployment.names.functionName('restore-drill')),
  ];
  return {
    PolicyName: 'config',
    PolicyDocument: { Version: '2012-10-17', Statement: statements },
  };
}

/** The stage's own region, and those that drilled databases have copies in. */
function drillRegions(deployment: Deployment): string[] {
  return [...new Set([ownRegion, ...copiesOf(deployment).map(({ region }) => region)])];
}

function copiesOf({ config }: Deployment) {
  const copies = drilledDatabases(config).flatMap(
    ({ database }) => config.databases[database]?.snapshotExport?.copyTo ?? [],
  );
  return [...new Map(copies.map((copy) => [`${copy.region} ${copy.kmsKeyId}`, copy])).values()];
}

function seeingStatements(
  deployment: Deployment,
  drilled: readonly DrilledDatabase[],
  regions: readonly string[],
): Statement[] {
  const drills = regions.map((region) => drillInstances(deployment, region));
  return [
    {
      Sid: 'SeeInstances',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstances',
      Resource: [...instancesOf(drilled), ...drills],
    },
    {
      Sid: 'SeeSnapshots',
      Effect: 'Allow',
      Action: 'rds:DescribeDBSnapshots',
      Resource: regions.flatMap((region) => listedSnapshots(drilled, region)),
    },
    {
      Sid: 'SeeRetainedBackups',
      Effect: 'Allow',
      Action: 'rds:DescribeDBInstanceAutomatedBackups',
      Resource: [...instancesOf(drilled), retainedBackups],
    },
  ];
}

/** Of an instance that is gone, they are named by an id that RDS gave. */
const retainedBackups = arn('rds', 'auto-backup:*');

/** Only to instances that are named and tagged as drills; never over one that is there, which RDS refuses. */
function restoreStatements(
  deployment: Deployment,
  drilled: readonly DrilledDatabase[],
  regions: readonly string[],
): Statement[] {
  const placesIn = (region: string) => [
    drillInstances(deployment, region),
    ...groupsIn(deployment, drilled, region),
  ];
  const snapshots = regions.flatMap((region) => snapshotsIn(deployment, drilled, region));
  const itsTags = tagsItself(deployment, 'restore-drill');
  return [
    {
      Sid: 'RestoreSnapshots',
      Effect: 'Allow',
      Action: 'rds:RestoreDBInstanceFromDBSnapshot',
      Resource: [...regions.flatMap(placesIn), ...snapshots],
      Condition: itsTags,
    },
    {
      Sid: 'RestoreToTimes',
      Effect: 'Allow',
      Action: 'rds:RestoreDBInstanceToPointInTime',
      Resource: [...placesIn(ownRegion), ...instancesOf(drilled), retainedBackups],
      Condition: itsTags,
    },
    {
      Sid: 'TagDrills',
      Effect: 'Allow',
      Action: 'rds:AddTagsToResource',
      Resource: regions.map((region) => drillInstances(deployment, region)),
      Condition: itsTags,
    },
  ];
}

/** Nightshift's own, those that people named after their instance, and automated ones, which lie in one region. */
function snapshotsIn({ stage }: Deployment, drilled: readonly DrilledDatabase[], region: string): Value[] {
  const instances = distinct(drilled.map(({ instance }) => instance));
  const automated = instances.map((instance) => arn('rds', `snapshot:rds:${instance}-*`));
  return [
    arn('rds', `snapshot:nightshift-${stage}-*`, region),
    ...instances.map((instance) => arn('rds', `snapshot:${instance}-*`, region)),
    ...(region === ownRegion ? automated : []),
  ];
}

function instancesOf(drilled: readonly DrilledDatabase[]): Value[] {
  return distinct(drilled.map(({ instance }) => instance)).map((instance) => arn('rds', `db:${instance}`));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
