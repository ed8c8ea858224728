import type { DrillRequest } from '../../functions/restore-drill/event.ts';
import type { Facts } from '../../functions/restore-drill/facts.ts';
import type { PlanContext } from '../../functions/restore-drill/plan.ts';
import { restoreDrill } from '../../shared/config/restore-drill.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { CopyFact, SnapshotFact } from '../../shared/snapshot/snapshot-fact.ts';
import { stageConfig } from './stage-config.ts';

/** A good fixture for plans of restores; tests vary it by spread. */

export const sourceInstance: InstanceFact = {
  identifier: 'menotime-prod',
  status: 'available',
  address: { host: 'menotime-prod.example', port: 5432 },
  resourceId: 'db-SOURCE',
  engineVersion: '15.8',
  instanceClass: 'db.m7g.large',
  allocatedGiB: 100,
  tags: { team: 'clinic', 'nightshift:job': 'snapshot-export' },
  subnetGroup: 'source-subnets',
  securityGroupIds: ['sg-source'],
  parameterGroup: 'source-parameters',
  optionGroup: 'default:postgres-15',
  backupRetentionDays: 7,
  backupWindow: '03:00-03:30',
  multiAz: true,
  publiclyAccessible: false,
  deletionProtection: true,
  iamAuthentication: false,
  copyTagsToSnapshot: true,
  autoMinorVersionUpgrade: true,
  exportedLogs: ['postgresql'],
  latestRestorableTime: '2026-01-04T06:55:00.000Z',
};

export const automated: SnapshotFact = {
  identifier: 'rds:menotime-prod-2026-01-04-03-00',
  arn: 'arn:aws:rds:us-west-1:111122223333:snapshot:rds:menotime-prod-2026-01-04-03-00',
  instance: 'menotime-prod',
  status: 'available',
  type: 'automated',
  createdAt: '2026-01-04T03:00:10.000Z',
  progressPercent: 100,
  allocatedGiB: 100,
  encrypted: true,
  tags: {},
};

export const copy: CopyFact = {
  ...automated,
  identifier: 'nightshift-prod-menotime-2026-01-04',
  arn: 'arn:aws:rds:us-east-1:111122223333:snapshot:nightshift-prod-menotime-2026-01-04',
  type: 'manual',
  sourceArn: automated.arn,
};

export const facts: Facts = {
  source: sourceInstance,
  snapshots: [automated],
  retained: null,
  present: null,
};

export const request: DrillRequest = {
  database: 'menotime',
  slot: '2026-01-04',
  trigger: 'by its schedule',
  dryRun: false,
  instance: 'menotime-prod',
  settings: restoreDrill.parse({}),
  wanted: { kind: 'newest automated snapshot' },
  region: 'us-west-1',
  keptAs: null,
};

export const context: PlanContext = {
  stage: 'prod',
  config: stageConfig(),
  names: { drillSubnetGroup: undefined, drillParameterGroup: () => undefined },
  securityGroupId: undefined,
  now: new Date('2026-01-04T07:00:00Z'),
};
