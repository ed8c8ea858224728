import { randomBytes } from 'node:crypto';
import { AwsFault } from '../../gateway/service.ts';
import type { Settings } from '../../postgres/settings.ts';
import { formatArn } from '../arn.ts';
import { type RdsContext, stateOf } from '../context.ts';
import { instanceFolders } from '../folders.ts';
import { checkInstanceIdentifier } from '../identifiers.ts';
import type { ClusterTraits, Instance } from '../state.ts';
import type { Tag } from '../wire/form.ts';

export interface NewInstance {
  readonly region: string;
  readonly identifier: string;
  readonly traits: ClusterTraits;
  readonly tags: readonly Tag[];
  readonly deletionProtection: boolean;
  readonly backupRetentionDays: number;
  readonly backupWindow: string;
  readonly copyTagsToSnapshot: boolean;
  readonly parameterGroup?: string;
  readonly parameters?: Settings;
}

/**
 * Registers an instance in `creating`. Throws for a malformed identifier, one that is taken, a quota that is
 * reached, and a retention beyond 35 days.
 */
export function registerInstance(rds: RdsContext, wanted: NewInstance): Instance {
  const { region, traits } = wanted;
  const { instances } = stateOf(rds, region);
  const identifier = checkInstanceIdentifier('DBInstanceIdentifier', wanted.identifier);
  if (instances.has(identifier)) {
    throw new AwsFault('DBInstanceAlreadyExists', `DB instance already exists: ${identifier}`);
  }
  if (instances.size >= rds.quotas.instances) {
    throw new AwsFault(
      'InstanceQuotaExceeded',
      `The quota of ${rds.quotas.instances} DB instances is reached.`,
    );
  }
  checkRetention(wanted.backupRetentionDays);
  const dbiResourceId = `db-${randomBytes(13).toString('hex').toUpperCase()}`;
  const instance: Instance = {
    ...wanted,
    identifier,
    arn: formatArn({ region, type: 'db', identifier }),
    dbiResourceId,
    ...instanceFolders(rds, region, dbiResourceId),
    parameterGroup: wanted.parameterGroup ?? `default.postgres${traits.major}`,
    parameters: wanted.parameters ?? {},
    posture: {
      multiAz: false,
      publiclyAccessible: false,
      maxAllocatedStorageGiB: undefined,
      exportedLogs: [],
    },
    status: 'creating',
    createTime: undefined,
    server: undefined,
    automatedBackup: undefined,
    lastBackup: undefined,
    ending: new AbortController(),
    work: new Set(),
  };
  instances.set(identifier, instance);
  return instance;
}

export function checkRetention(days: number): void {
  if (days < 0 || days > 35) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid backup retention period: ${days}. Must be between 0 and 35.`,
    );
  }
}
