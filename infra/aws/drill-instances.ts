import { drillPrefix } from '../../shared/restore/drill-instance.ts';
import { arn, type Statement, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { carriesTags } from './own-tags.ts';

/** Of a long name the end gives way to a hash: what is left of it at least. */
const neverCut = 50;

/** What every instance that a drill of the stage restores to is named like, in one region. */
export function drillInstances({ stage }: Pick<Deployment, 'stage'>, region: string): Value {
  return arn('rds', `db:${`${drillPrefix}${stage}-`.slice(0, neverCut)}*`, region);
}

/** Deleting takes both: the name of a drill's instance, and the tags that the drill gave it. */
export function deleteDrills(deployment: Deployment, regions: readonly string[]): Statement {
  return {
    Sid: 'DeleteDrills',
    Effect: 'Allow',
    Action: 'rds:DeleteDBInstance',
    Resource: regions.map((region) => drillInstances(deployment, region)),
    Condition: carriesTags(deployment, 'restore-drill'),
  };
}
