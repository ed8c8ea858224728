import { arn, type Statement, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { carriesTags } from './own-tags.ts';

/** What every instance that a drill restores to is named like, in one region. */
export function drillInstances(region: string): Value {
  return arn('rds', 'db:nightshift-drill-*', region);
}

/** Deleting takes both: the name of a drill's instance, and the tags that the drill gave it. */
export function deleteDrills(deployment: Deployment, regions: readonly string[]): Statement {
  return {
    Sid: 'DeleteDrills',
    Effect: 'Allow',
    Action: 'rds:DeleteDBInstance',
    Resource: regions.map(drillInstances),
    Condition: carriesTags(deployment, 'restore-drill'),
  };
}
