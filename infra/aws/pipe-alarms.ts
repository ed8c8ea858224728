import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { alarm, type Condition } from './alarm.ts';
import { functionOfSink } from './alarm-delivery-functions.ts';
import { type DeployedSink, deployedSinks, nameOfTopic } from './alarm-sinks.ts';
import { attribute, logicalName, type Resources } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { isDaily } from './scheduled-jobs.ts';

const runbook = 'docs/runbooks/alarm-fanout.md';

/** What is wrong with the way of alarms itself: these ring at the alert topic, which has no part in it. */
export function pipeAlarmResources(deployment: Deployment): Resources {
  const { alarms } = deployment.config;
  if (alarms === undefined) return {};
  const conditions = [
    ...queueConditions(deployment, alarms),
    ...functionConditions(deployment),
    ...heartbeatConditions(deployment, alarms),
  ];
  return Object.fromEntries(
    conditions.map((condition) => [
      `PipeAlarm${logicalName(condition.name)}`,
      alarm(deployment, {
        ...condition,
        name: deployment.names.besidePipe + condition.name,
        description: `${condition.description} Runbook: ${runbook}`,
        rings: 'straight',
      }),
    ]),
  );
}

function queueConditions(deployment: Deployment, alarms: AlarmsConfig): Condition[] {
  const { fallbackAfterMinutes, digest } = alarms;
  return [
    // The closing of a digest waits in it on purpose, for as long as its window is open.
    waiting('alarms', 'AlarmQueue', 5 + Math.ceil(digest.windowSeconds / 60)),
    buried('alarms', 'AlarmDeadLetters', 'Alarms that nobody was told of lie among the dead letters.'),
    ...deployedSinks(deployment).flatMap(({ sink, queue, deadLetters }) => [
      // By then the fallback has been told of it.
      waiting(functionOfSink(sink), queue, fallbackAfterMinutes + 5),
      buried(
        functionOfSink(sink),
        deadLetters,
        `Pages that the sink ${sink} did not take lie among its dead letters.`,
      ),
    ]),
  ];
}

function waiting(name: string, queue: string, minutes: number): Condition {
  return {
    name: `${name}-waiting`,
    description: `A message has waited for more than ${minutes} minutes in the queue.`,
    namespace: 'AWS/SQS',
    metric: 'ApproximateAgeOfOldestMessage',
    dimensions: { QueueName: attribute(queue, 'QueueName') },
    when: {
      is: 'over',
      threshold: minutes * 60,
      statistic: 'Maximum',
      periodSeconds: 60,
      periods: 3,
      // SQS says nothing of a queue that has been empty for hours.
      missing: 'notBreaching',
    },
    tellsRecovery: true,
  };
}

function buried(name: string, queue: string, description: string): Condition {
  return {
    name: `${name}-dead-letters`,
    description: `${description} \`nightshift alarms redrive\` sends them again.`,
    namespace: 'AWS/SQS',
    metric: 'ApproximateNumberOfMessagesVisible',
    dimensions: { QueueName: attribute(queue, 'QueueName') },
    when: { is: 'counted', statistic: 'Maximum' },
    tellsRecovery: true,
  };
}

/**
 * Of all but alarm-context: it fails whenever the database that it asks is down, which has an alarm of its own, and a
 * page that it could not help says so itself.
 */
function functionConditions({ names, pipeFunctionNames, config }: Deployment): Condition[] {
  const { 'alarm-delivery': delivery, 'alarm-context': _, ...single } = pipeFunctionNames;
  const sinks = delivery === undefined ? [] : Object.keys(config.alarms?.sinks ?? {}).map(functionOfSink);
  const functions = [
    ...Object.entries(single),
    ...sinks.map((name): [string, string] => [name, names.functionName(name)]),
  ];
  return functions.flatMap(([name, functionName]) =>
    ['Errors', 'Throttles'].map((metric) => ({
      name: `${name}-${metric.toLowerCase()}`,
      description: `${functionName} ${metric === 'Errors' ? 'failed: its log says why' : 'could not run: too many functions of the account do'}. Nothing is lost: the queue gives it again.`,
      namespace: 'AWS/Lambda',
      metric,
      dimensions: { FunctionName: functionName },
      when: { is: 'counted' as const },
    })),
  );
}

const missedAfterHours = 26;

/** Of each sink: one that no heartbeat reaches is one that no alarm reaches. A schedule that leaves out days is not watched. */
function heartbeatConditions(deployment: Deployment, { heartbeat }: AlarmsConfig): Condition[] {
  if (!isDaily(heartbeat.schedule)) return [];
  return deployedSinks(deployment).flatMap((one) => [
    heartbeatMissed(deployment, one),
    ...(one.settings.kind === 'email' ? [mailUnread(deployment, one)] : []),
  ]);
}

function heartbeatMissed({ stage }: Deployment, { sink }: DeployedSink): Condition {
  return {
    name: `${functionOfSink(sink)}-heartbeat-missed`,
    description: `No heartbeat has reached the sink ${sink} for ${missedAfterHours} hours: alarms may not either.`,
    namespace: 'Nightshift',
    metric: 'HeartbeatDelivered',
    dimensions: { service: 'alarm-delivery', Stage: stage, Sink: sink },
    when: { is: 'absent', hours: missedAfterHours },
    tellsRecovery: true,
  };
}

/** SNS takes a mail for an address that never confirmed, or that has unsubscribed, and hands it to nobody. */
function mailUnread({ names }: Deployment, { sink }: DeployedSink): Condition {
  return {
    name: `${functionOfSink(sink)}-unconfirmed`,
    description: `SNS has handed no mail of the sink ${sink} over for ${missedAfterHours} hours: its address must confirm the subscription.`,
    namespace: 'AWS/SNS',
    metric: 'NumberOfNotificationsDelivered',
    dimensions: { TopicName: nameOfTopic(names.mailTopicArn(sink)) },
    when: { is: 'absent', hours: missedAfterHours },
    tellsRecovery: true,
  };
}
