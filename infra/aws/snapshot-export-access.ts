import { ConfigError } from '../../shared/job/errors.ts';
import { arn, ownRegion, type Statement, type Value, viaService } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { copyRegions, exportedDatabases } from './job-databases.ts';
import { networkStatements } from './network-access.ts';
import { signInStatements } from './sign-in-access.ts';

/** The tag that `ownTags` puts on everything that Nightshift makes. */
const ownTag = 'nightshift:managed-by';

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
  const ownValue = `nightshift-${deployment.stage}`;
  return [
    { Sid: 'SeeInstances', Effect: 'Allow', Action: 'rds:DescribeDBInstances', Resource: instances },
    {
      Sid: 'SeeSnapshots',
      Effect: 'Allow',
      Action: 'rds:DescribeDBSnapshots',
      Resource: regions.flatMap((region) => listedSnapshots(deployment, region)),
    },
    {
      Sid: 'TakeSnapshots',
      Effect: 'Allow',
      Action: 'rds:CreateDBSnapshot',
      Resource: [...instances, ownSnapshots(deployment)],
      Condition: { StringEquals: { [`aws:RequestTag/${ownTag}`]: ownValue } },
    },
    {
      Sid: 'TagOwnSnapshots',
      Effect: 'Allow',
      Action: 'rds:AddTagsToResource',
      Resource: own,
      Condition: { StringEquals: { [`aws:RequestTag/${ownTag}`]: ownValue } },
    },
    {
      Sid: 'PruneOwnSnapshots',
      Effect: 'Allow',
      Action: 'rds:DeleteDBSnapshot',
      Resource: own,
      Condition: { StringEquals: { [`aws:ResourceTag/${ownTag}`]: ownValue } },
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
      kmsKeyId === undefined ? [] : keyStatements(`CopyKey${index + 1}`, region, kmsKeyId),
    ),
  ];
}

function keyStatements(sid: string, region: string, kmsKeyId: string): Statement[] {
  if (kmsKeyId.startsWith('arn:') && kmsKeyId.includes(':key/')) return lendKey(sid, region, kmsKeyId);
  if (kmsKeyId.startsWith('alias/')) {
    // An alias is no resource of a policy: its key is told by the alias that points to it.
    return lendKey(sid, region, arn('kms', 'key/*', region), {
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': kmsKeyId },
    });
  }
  if (/^[0-9a-f-]{36}$|^mrk-[0-9a-f]{32}$/.test(kmsKeyId)) {
    return lendKey(sid, region, arn('kms', `key/${kmsKeyId}`, region));
  }
  throw new ConfigError(
    `copyTo.kmsKeyId "${kmsKeyId}" is none of a key's id, a key's ARN and alias/NAME: give one of these.`,
  );
}

function lendKey(sid: string, region: string, key: Value, also: Statement['Condition'] = {}): Statement[] {
  const viaRds = { StringEquals: { 'kms:ViaService': viaService('rds', region) }, ...also };
  return [
    {
      Sid: `${sid}See`,
      Effect: 'Allow',
      Action: 'kms:DescribeKey',
      Resource: key,
      Condition: viaRds,
    },
    {
      Sid: `${sid}Lend`,
      Effect: 'Allow',
      Action: 'kms:CreateGrant',
      Resource: key,
      Condition: { ...viaRds, Bool: { 'kms:GrantIsForAWSResource': true } },
    },
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

/** Snapshots are listed by their instance, also in a region that has only the copies. */
function listedSnapshots({ config }: Deployment, region: string): Value[] {
  const instances = exportedDatabases(config).map(({ instance }) => arn('rds', `db:${instance}`, region));
  return [arn('rds', 'snapshot:*', region), ...instances];
}
