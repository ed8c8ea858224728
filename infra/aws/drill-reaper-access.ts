import { arn } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { deleteDrills } from './drill-instances.ts';
import { drillRegions } from './restore-drill-access.ts';

/** The part of drill-reaper's role that follows from the config: the regions that drills restore in. */
export function drillReaperPolicy(deployment: Deployment) {
  const regions = drillRegions(deployment);
  return {
    PolicyName: 'config',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          // What was left behind is found by its tags: RDS lists all instances, or those of one name.
          Sid: 'SeeAllInstances',
          Effect: 'Allow' as const,
          Action: 'rds:DescribeDBInstances',
          Resource: regions.map((region) => arn('rds', 'db:*', region)),
        },
        deleteDrills(deployment, regions),
      ],
    },
  };
}
