import type { ResourceNames } from '../../shared/config/names.ts';
import type { RestoreDrillConfig, StageConfig } from '../../shared/config/schema.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { RestoredShape } from '../../shared/restore/restore-order.ts';

export interface Surrounding {
  readonly config: StageConfig;
  readonly names: Pick<ResourceNames, 'drillSubnetGroup' | 'drillParameterGroup'>;
  /** Of the group that the template makes; undefined where it makes none. */
  readonly securityGroupId: string | undefined;
}

interface Placed {
  readonly database: string;
  readonly region: string;
  readonly settings: RestoreDrillConfig;
}

export type Groups = Pick<RestoredShape, 'subnetGroup' | 'securityGroupIds' | 'parameterGroup'>;

/**
 * Where a drill's instance stands: groups that the config names, else those of the template, else the source's own.
 * Groups are of one region: in the second one, neither the template's nor the source's exist.
 */
export function drillGroups(
  { database, region, settings }: Placed,
  { config, names, securityGroupId }: Surrounding,
  source: InstanceFact | null,
): Groups {
  const isHome = region === config.region;
  const meantFor = settings.source === 'second region' ? 'second' : 'home';
  const named = meantFor === (isHome ? 'home' : 'second') ? settings.instance : {};
  if (!isHome) {
    const there = config.databases[database]?.backupVerify?.secondRegion;
    return {
      subnetGroup: named.subnetGroup ?? there?.subnetGroup ?? null,
      securityGroupIds: named.securityGroupIds ?? [],
      parameterGroup: named.parameterGroup ?? there?.parameterGroup ?? null,
    };
  }
  const ownGroups = securityGroupId === undefined ? undefined : [securityGroupId];
  const madeGroup = meantFor === 'home' ? names.drillParameterGroup(database) : undefined;
  return {
    subnetGroup: named.subnetGroup ?? names.drillSubnetGroup ?? source?.subnetGroup ?? null,
    securityGroupIds: named.securityGroupIds ?? ownGroups ?? source?.securityGroupIds ?? [],
    parameterGroup: named.parameterGroup ?? madeGroup ?? source?.parameterGroup ?? null,
  };
}
