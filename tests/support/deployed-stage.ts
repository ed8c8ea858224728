import { type Deployment, describeDeployment } from '../../infra/aws/deployment.ts';
import { type NightshiftConfigInput, stageSchema } from '../../shared/config/schema.ts';
import { stageInput } from './stage-config.ts';

type StageInput = NightshiftConfigInput['stages'][string];
export type DatabaseInput = StageInput['databases'][string];

export const allJobs = [
  'alarm-context',
  'alarm-delivery',
  'alarm-fanout',
  'alarm-intake',
  'audit-archive',
  'backup-verify',
  'db-maintenance',
  'drill-reaper',
  'matview-refresh',
  'restore-drill',
  'snapshot-export',
] as const;

export const vpcInput = {
  subnetIds: ['subnet-1', 'subnet-2'],
  securityGroupIds: ['sg-1', 'sg-2'],
  vpcId: 'vpc-1',
};

/** A database with drills and nothing else; tests vary it by spread. */
export const drilledInput: DatabaseInput = {
  instance: 'menotime-prod',
  databaseName: 'menotime_prod',
  auth: { kind: 'iam', user: 'nightshift' },
  restoreDrill: {},
};

/** The deployment of a stage "test" in a VPC, with every job of the project and these databases. */
export function deployed(
  databases: Record<string, DatabaseInput>,
  more: Partial<StageInput> = {},
): Deployment {
  const config = stageSchema.parse({ ...stageInput, vpc: vpcInput, ...more, databases });
  return describeDeployment('test', config, allJobs);
}
