import { arn, ownRegion, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import type { DrilledDatabase } from './job-databases.ts';

/** RDS asks for a restore's groups as well; of option groups, and of the source's own, the config knows no name. */
export function groupsIn(
  deployment: Deployment,
  drilled: readonly DrilledDatabase[],
  region: string,
): Value[] {
  const find = region === ownRegion ? groupsHere : groupsThere;
  const groups = drilled.map((one) => find(deployment, one));
  return [
    ...distinct(groups.map(({ subnetGroup }) => subnetGroup)).map((name) =>
      arn('rds', `subgrp:${name}`, region),
    ),
    ...distinct(groups.map(({ parameterGroup }) => parameterGroup)).map((name) =>
      arn('rds', `pg:${name}`, region),
    ),
    arn('rds', 'og:*', region),
  ];
}

const sourcesOwn = '*';

function groupsHere({ names }: Deployment, { database, settings }: DrilledDatabase) {
  const isMeant = settings.source !== 'second region';
  const named = isMeant ? settings.instance : {};
  const made = isMeant ? names.drillParameterGroup(database) : undefined;
  return {
    subnetGroup: named.subnetGroup ?? names.drillSubnetGroup ?? sourcesOwn,
    parameterGroup: made ?? sourcesOwn,
  };
}

const rdsDefaults = { subnetGroup: 'default', parameterGroup: 'default.*' };

function groupsThere({ config }: Deployment, { database, settings }: DrilledDatabase) {
  const named = settings.source === 'second region' ? settings.instance : {};
  const checked = config.databases[database]?.backupVerify?.secondRegion;
  return {
    subnetGroup: named.subnetGroup ?? checked?.subnetGroup ?? rdsDefaults.subnetGroup,
    parameterGroup: named.parameterGroup ?? checked?.parameterGroup ?? rdsDefaults.parameterGroup,
  };
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
