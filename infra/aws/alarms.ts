import { attribute, logicalName, type Resource, type Resources, ref, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { type ArchivedDatabase, archivedDatabases } from './job-databases.ts';
import { isDaily, type ScheduledJob, scheduledJobs } from './scheduled-jobs.ts';

interface Condition {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, Value>>;
  readonly statistic?: 'Maximum';
  /** Left out: 1 or more in five minutes rings, and silence is good news. */
  readonly absentForHours?: number;
  /** Left out, 1. Above it, in the newest value that there is: it says something until there is another. */
  readonly above?: number;
  /** For what lasts until it is mended. A failed run is over at once: the next five minutes say nothing of it. */
  readonly tellsRecovery?: boolean;
}

/** The dimensions of a run's metrics, as `publishMetrics` writes them. */
export function runDimensions(stage: string, { job, database }: Pick<ScheduledJob, 'job' | 'database'>) {
  return { service: job, Stage: stage, Database: database };
}

/** Every alarm of a stage, all of them to the alert topic. */
export function alarmResources(deployment: Deployment): Resources {
  const conditions = [
    ...Object.values(deployment.functionNames).flatMap(functionConditions),
    ...scheduledJobs(deployment.config).flatMap((scheduled) => runConditions(deployment, scheduled)),
    ...archivedDatabases(deployment.config).map((archived) => backlogCondition(deployment, archived)),
    ...['Undelivered', 'DeadLetters'].map(queueCondition),
  ];
  return Object.fromEntries(
    conditions.map((condition) => [
      `Alarm${logicalName(condition.name.replace(`nightshift-${deployment.stage}-`, ''))}`,
      alarm(deployment.stage, condition),
    ]),
  );
}

/**
 * For executions that died before they could tell. Lambda's own Errors would add nothing but a second call for the
 * same failure: every invocation belongs to an execution, which goes on after an error or ends as failed.
 */
function functionConditions(functionName: string): Condition[] {
  const metrics = {
    DurableExecutionFailed:
      'An execution ended in failure: see its run record; without one, the function’s log.',
    DurableExecutionTimedOut:
      'An execution took longer than the config’s patience allows: see what it waited for.',
  };
  return Object.entries(metrics).map(([metric, description]) => ({
    name: `${functionName}-${kebab(metric)}`,
    description,
    namespace: 'AWS/Lambda',
    metric,
    dimensions: { FunctionName: functionName },
  }));
}

function runConditions({ stage }: Deployment, scheduled: ScheduledJob): Condition[] {
  const { job, database, missedAfterHours: absentForHours } = scheduled;
  const shared = { namespace: 'Nightshift', dimensions: runDimensions(stage, scheduled) };
  const failed: Condition = {
    ...shared,
    name: `${job}-${database}-failed`,
    description: `${job} of ${database} failed: its message and its run record say why.`,
    metric: 'RunFailed',
  };
  const missed: Condition = {
    ...shared,
    name: `${job}-${database}-missed`,
    description: `${job} of ${database} has not succeeded for ${absentForHours} hours.`,
    metric: 'RunSucceeded',
    absentForHours,
    tellsRecovery: true,
  };
  return isDaily(scheduled.schedule) ? [failed, missed] : [failed];
}

/** An archive that drains slower than rows come in fails no run: it falls behind, night after night. */
function backlogCondition({ stage }: Deployment, { database, settings }: ArchivedDatabase): Condition {
  const job = 'audit-archive';
  return {
    name: `${job}-${database}-behind`,
    description: `A table of ${database} holds rows that are more than ${settings.daysBehindAlarm} days older than its policy allows.`,
    namespace: 'Nightshift',
    metric: 'DaysBehind',
    dimensions: runDimensions(stage, { job, database }),
    statistic: 'Maximum',
    above: settings.daysBehindAlarm,
    tellsRecovery: true,
  };
}

function queueCondition(queue: string): Condition {
  return {
    name: kebab(queue),
    description: 'Events lie in the dead-letter queue: nothing will start those runs again by itself.',
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: attribute(queue, 'QueueName') },
    statistic: 'Maximum',
    tellsRecovery: true,
  };
}

function alarm(stage: string, condition: Condition): Resource {
  const { name, description, namespace, metric, dimensions, tellsRecovery } = condition;
  const { statistic = 'Sum' } = condition;
  const prefix = `nightshift-${stage}-`;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name.startsWith(prefix) ? name : prefix + name,
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: statistic,
      Threshold: condition.above ?? 1,
      ...evaluation(condition),
      AlarmActions: [ref('AlertTopic')],
      ...(tellsRecovery ? { OKActions: [ref('AlertTopic')] } : {}),
    },
  };
}

function evaluation({ absentForHours, above }: Condition) {
  if (absentForHours === undefined) {
    return {
      ComparisonOperator: above === undefined ? 'GreaterThanOrEqualToThreshold' : 'GreaterThanThreshold',
      Period: 300,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      TreatMissingData: above === undefined ? 'notBreaching' : 'ignore',
    };
  }
  return {
    ComparisonOperator: 'LessThanThreshold',
    Period: 3_600,
    EvaluationPeriods: absentForHours,
    DatapointsToAlarm: absentForHours,
    TreatMissingData: 'breaching',
  };
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
