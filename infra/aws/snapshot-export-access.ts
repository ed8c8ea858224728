import { arn, ownRegion, type Statement, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { copyRegions, exportedDatabases } from './job-databases.ts';
import { lendCopyKey, lendKey } from './key-access.ts';
import { listedSnapshots } from './listed-snapshots.ts';
import { networkStatements } from './network-access.ts';
import { carriesTags, tagsItself } from './own-tags.ts';
import { signInStatements } from './sign-in-access.ts';

/** The part of snapshot-export's role that follows from the config: instances, copies, sign-in and network. */
export function snapshotExportPolicy(deployment: Deployment) {
  const functionName = deployment.names.functionName('snapshot-export');
  const statements = [
    ...snapshotStatements(deployment),
    ...copyStatements(deployment),
    ...signInStatements(exportedDatabases(deployment.config)),
    ...networkStatements(deployment, functionName),
  ];
  return {
    PolicyName: 'config',
    PolicyDocument: { Version: '2012-10-17', Statement: statements },
  };
}

function snapshotStatements(deployment: Deployment): Statement[] {
  const { instances } = facts(deployment);
  const regions = [ownRegion, ...copyRegions(deployment.config)];
  const own = regions.map((region) => ownSnapshots(deployment, region));
  return [
    { Sid: 'SeeInstances', Effect: 'Allow', Action: 'rds:DescribeDBInstances', Resource: instances },
    {
      Sid: 'SeeSnapshots',
      Effect: 'Allow',
      Action: 'rds:DescribeDBSnapshots',
      Resource: regions.flatMap((region) => listedSnapshots(exportedDatabases(deployment.config), region)),
    },
    {
      Sid: 'TakeSnapshots',
      Effect: 'Allow',
      Action: 'rds:CreateDBSnapshot',
      Resource: [...instances, ownSnapshots(deployment)],
      Condition: tagsItself(deployment),
    },
    {
      Sid: 'TagOwnSnapshots',
      Effect: 'Allow',
      Action: 'rds:AddTagsToResource',
      Resource: own,
      Condition: tagsItself(deployment),
    },
    {
      Sid: 'PruneOwnSnapshots',
      Effect: 'Allow',
      Action: 'rds:DeleteDBSnapshot',
      Resource: own,
      Condition: carriesTags(deployment),
    },
  ];
}

/** Nothing where the config copies nothing. */
function copyStatements(deployment: Deployment): Statement[] {
  const copies = exportedDatabases(deployment.config).flatMap(({ settings }) => settings.copyTo ?? []);
  if (copies.length === 0) return [];
  const { automated } = facts(deployment);
  const targets = copyRegions(deployment.config).map((region) => ownSnapshots(deployment, region));
  const keys = [...new Map(copies.map((copy) => [`${copy.region} ${copy.kmsKeyId}`, copy])).values()];
  return [
    {
      Sid: 'CopySnapshots',
      Effect: 'Allow',
      Action: 'rds:CopyDBSnapshot',
      Resource: [ownSnapshots(deployment), ...automated, ...targets],
    },
    // RDS opens the instance's own key in the caller's name to copy out of the region; the config does not know it.
    ...lendKey('InstanceKey', ownRegion, arn('kms', 'key/*')),
    ...keys.flatMap(({ region, kmsKeyId }, index) =>
      kmsKeyId === undefined ? [] : lendCopyKey(`CopyKey${index + 1}`, region, kmsKeyId),
    ),
  ];
}

function facts({ config }: Deployment) {
  const instances = exportedDatabases(config).map(({ instance }) => instance);
  return {
    instances: instances.map((instance) => arn('rds', `db:${instance}`)),
    automated: instances.map((instance) => arn('rds', `snapshot:rds:${instance}-*`)),
  };
}

function ownSnapshots({ stage }: Deployment, region?: string): Value {
  return arn('rds', `snapshot:nightshift-${stage}-*`, region);
}
