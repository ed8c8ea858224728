import type { StageConfig } from './schema.ts';

/** Everything that the template creates and the code must find again, said once, here. */
export interface ResourceNames {
  readonly backupBucket: string;
  readonly claimsTable: string;
  readonly alertTopic: string;
  readonly alertTopicArn: string;
  readonly keyAlias: string;
  /** What KMS calls are given: the user's own key, or the alias of the template's. */
  readonly keyId: string;
  readonly exportTaskRole: string;
  readonly exportTaskRoleArn: string;
  /** Of restored instances, in the stage's own region; undefined without a VPC, where RDS has a default. */
  readonly drillSubnetGroup: string | undefined;
  /** The group that the config names for a database's drills, or the template's; undefined: the source's own. */
  drillParameterGroup(database: string): string | undefined;
  functionName(job: string): string;
  /**
   * What names of alarms begin with that do not go through the pipe of alarms: those about the pipe itself, and parts
   * of composite ones. Every other alarm of the stage's own begins with its name and a hyphen.
   */
  readonly besidePipe: string;
  /** Where every alarm lies until alarm-fanout takes it, and what could not be read. */
  readonly alarmQueue: string;
  readonly alarmDeadLetters: string;
  /** What alarm-fanout publishes pages to; sinks subscribe to it. */
  readonly pageTopic: string;
  readonly pageTopicArn: string;
  /** The newest state of each alarm, digests, silences; keys `pk` and `sk`. */
  readonly alarmTable: string;
  /** Of Powertools Idempotency; key `id`. */
  readonly deliveryTable: string;
  sinkQueue(sink: string): string;
  sinkDeadLetters(sink: string): string;
  /** What a sink of e-mail publishes to, with its address as the one subscriber. */
  mailTopicArn(sink: string): string;
}

/** What the drill's environment holds the id of its security group in, where the template makes one: RDS takes no name. */
export const drillSecurityGroupVariable = 'NIGHTSHIFT_DRILL_SECURITY_GROUP';

export const exportsPrefix = 'exports';

/** The names in one stage of one account; the stage keeps several of them apart in one account. */
export function resourceNames(stage: string, config: StageConfig): ResourceNames {
  const partition = partitionOf(config.region);
  const base = `nightshift-${stage}`;
  const exportTaskRole = `${base}-export-task`;
  return {
    backupBucket: config.backupBucket,
    claimsTable: `${base}-claims`,
    alertTopic: `${base}-alerts`,
    alertTopicArn: `arn:${partition}:sns:${config.region}:${config.account}:${base}-alerts`,
    keyAlias: `alias/${base}`,
    keyId: config.kmsKeyArn ?? `alias/${base}`,
    exportTaskRole,
    exportTaskRoleArn: `arn:${partition}:iam::${config.account}:role/${exportTaskRole}`,
    drillSubnetGroup: config.vpc && `${base}-drill`,
    drillParameterGroup: (database) => {
      const instance = config.databases[database]?.restoreDrill?.instance;
      // With the family: CloudFormation makes a group of another family anew, which must not have the old one's name.
      return (
        instance?.parameterGroup ??
        (instance?.postgres && `${base}-drill-${database}-${instance.postgres.family}`)
      );
    },
    functionName: (job) => `${base}-${job}`,
    besidePipe: `${base}/`,
    alarmQueue: `${base}-alarms`,
    alarmDeadLetters: `${base}-alarms-dead-letters`,
    pageTopic: `${base}-pages`,
    pageTopicArn: `arn:${partition}:sns:${config.region}:${config.account}:${base}-pages`,
    alarmTable: `${base}-alarms`,
    deliveryTable: `${base}-alarm-deliveries`,
    sinkQueue: (sink) => `${base}-sink-${sink}`,
    sinkDeadLetters: (sink) => `${base}-sink-${sink}-dead-letters`,
    mailTopicArn: (sink) => `arn:${partition}:sns:${config.region}:${config.account}:${base}-mail-${sink}`,
  };
}

/** `aws` nearly everywhere; the US government and China have partitions of their own. */
export function partitionOf(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('cn-')) return 'aws-cn';
  return 'aws';
}
