import { arn, ownRegion } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { deleteDrills } from './drill-instances.ts';
import { copyRegions } from './job-databases.ts';

/**
 * The part of drill-reaper's role that follows from the config: the regions that drills may have restored in, also of a
 * database that has none any more.
 */
export function drillReaperPolicy(deployment: Deployment) {
  const regions = [ownRegion, ...copyRegions(deployment.config)];
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
