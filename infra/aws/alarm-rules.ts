import { partitionOf } from '../../shared/config/names.ts';
import type { AlarmsConfig, StageConfig } from '../../shared/config/schema.ts';
import { identifierPrefix } from '../../shared/job/slot.ts';
import { attribute, logicalName, type Resource, type Resources } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

type Pattern = Readonly<Record<string, unknown>>;

/** EventBridge takes patterns of 2,048 characters; a rule stays below. */
const longestPattern = 1_900;

/** The rules that bring events of CloudWatch and RDS to the queue of alarms; none where the stage has no such queue. */
export function alarmRuleResources(deployment: Deployment): Resources {
  const { alarms } = deployment.config;
  if (alarms === undefined) return {};
  const rules = [
    ...alarmPatterns(deployment, alarms).map((pattern, at) => ({
      name: `alarms${at === 0 ? '' : `-${at + 1}`}`,
      description: 'An alarm of Nightshift’s, or one that its config watches, changed.',
      pattern,
    })),
    ...instancePatterns(deployment).map((pattern, at) => ({
      name: `rds${at === 0 ? '' : `-${at + 1}`}`,
      description: 'RDS tells something of the config’s instances, or of snapshots of theirs that failed.',
      pattern,
    })),
  ];
  return Object.fromEntries(
    rules.map((rule) => [`AlarmRule${logicalName(rule.name)}`, ruleResource(deployment, rule)]),
  );
}

interface Rule {
  readonly name: string;
  readonly description: string;
  readonly pattern: Pattern;
}

function ruleResource({ stage }: Deployment, { name, description, pattern }: Rule): Resource {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      // The queue's policy goes by how the name begins.
      Name: `nightshift-${stage}-${name}`,
      Description: description,
      EventPattern: pattern,
      Targets: [
        {
          Id: 'alarm-queue',
          Arn: attribute('AlarmQueue', 'Arn'),
          // An alarm of yesterday is still news where nobody has heard of it.
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
          DeadLetterConfig: { Arn: attribute('AlarmDeadLetters', 'Arn') },
        },
      ],
    },
  };
}

const alarmChanges = [
  'CloudWatch Alarm State Change',
  'CloudWatch Alarm Contributor State Change',
  // A deleted alarm changes its state no more.
  'CloudWatch Alarm Configuration Change',
];

function alarmPatterns({ stage, config, names }: Deployment, { watch }: AlarmsConfig): Pattern[] {
  const alarmName = [{ prefix: `nightshift-${stage}-` }, ...watch.map((pattern) => asMatcher(pattern))];
  const besidePipe = {
    'anything-but': { prefix: `${arnOf(config, 'cloudwatch')}:alarm:${names.besidePipe}` },
  };
  return inRules(alarmName, (some) => ({
    source: ['aws.cloudwatch'],
    'detail-type': alarmChanges,
    // By its ARN, for a name can be held against what it is or against what it is not.
    resources: [besidePipe],
    detail: { alarmName: some },
  }));
}

/** `*` stands for anything, as in the config; EventBridge takes no two of them in a row, and its own escapes. */
function asMatcher(pattern: string): unknown {
  if (!pattern.includes('*')) return pattern;
  return { wildcard: pattern.replaceAll('\\', '\\\\').replace(/\*+/g, '*') };
}

/** Exports and copies that failed or were cancelled: of snapshots, nothing else is for people. */
const snapshotFailures = ['0061', '0159', '0160', '0190', '0484'].map((id) => `RDS-EVENT-${id}`);

function instancePatterns({ stage, config }: Deployment): Pattern[] {
  const databases = Object.entries(config.databases);
  const rds = arnOf(config, 'rds');
  const instances = new Set(
    databases.flatMap(([, { instance, alarms }]) => [instance, ...(alarms?.replicas ?? [])]),
  );
  const ofInstances = inRules(
    [...instances].map((instance) => `${rds}:db:${instance}`),
    (resources) => ({ source: ['aws.rds'], 'detail-type': ['RDS DB Instance Event'], resources }),
  );
  const snapshots = databases.flatMap(([database, { instance }]) => [
    { prefix: `${rds}:snapshot:${identifierPrefix(stage, database)}` },
    // With the century of the date, so that the instance "shop" does not stand for "shop-staging" as well.
    { prefix: `${rds}:snapshot:rds:${instance}-20` },
    // People name theirs as they like, mostly like this.
    { prefix: `${rds}:snapshot:${instance}-` },
  ]);
  return [...ofInstances, ...inRules(snapshots, (resources) => snapshotPattern(resources))];
}

function snapshotPattern(resources: readonly unknown[]): Pattern {
  return {
    source: ['aws.rds'],
    'detail-type': ['RDS DB Snapshot Event'],
    resources,
    detail: { EventID: snapshotFailures },
  };
}

function arnOf({ region, account }: StageConfig, service: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}`;
}

/** One pattern for all, or as many as their length asks for; none for none. */
function inRules(matchers: readonly unknown[], toPattern: (some: readonly unknown[]) => Pattern): Pattern[] {
  if (matchers.length === 0) return [];
  const pattern = toPattern(matchers);
  if (matchers.length === 1 || JSON.stringify(pattern).length <= longestPattern) return [pattern];
  const half = Math.ceil(matchers.length / 2);
  return [matchers.slice(0, half), matchers.slice(half)].flatMap((some) => inRules(some, toPattern));
}
