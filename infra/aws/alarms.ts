import { ConfigError } from '../../shared/job/errors.ts';
import { alarm, type Condition } from './alarm.ts';
import { attribute, logicalName, type Resources } from './cloudformation.ts';
import { type Deployment, isPlain } from './deployment.ts';
import { type ArchivedDatabase, archivedDatabases, refreshedDatabases } from './job-databases.ts';
import { maintenanceConditions } from './maintenance-alarms.ts';
import { runDimensions } from './run-dimensions.ts';
import { type ScheduledJob, scheduledJobs } from './scheduled-jobs.ts';
import { verdictConditions } from './verdict-alarms.ts';

/** Every alarm of a stage, all of them to the alert topic. */
export function alarmResources(deployment: Deployment): Resources {
  const conditions = [
    ...Object.entries(deployment.functionNames).flatMap(([job, functionName]) =>
      isPlain(deployment, job)
        ? plainConditions(deployment.stage, job, functionName)
        : durableConditions(functionName),
    ),
    ...scheduledJobs(deployment).flatMap((scheduled) => runConditions(deployment, scheduled)),
    ...archivedDatabases(deployment.config).map((archived) => backlogCondition(deployment, archived)),
    ...refreshedDatabases(deployment.config).map(({ database }) => staleCondition(deployment, database)),
    ...maintenanceConditions(deployment),
    ...verdictConditions(deployment),
    ...['Undelivered', 'DeadLetters'].map(queueCondition),
  ];
  refuseSameNames(conditions);
  return Object.fromEntries(
    conditions.map((condition) => [
      `Alarm${logicalName(condition.name.replace(`nightshift-${deployment.stage}-`, ''))}`,
      alarm(deployment, condition),
    ]),
  );
}

/** Of two alarms of one name only one would ring: the databases "shop" and "shop-urgent" may have them. */
function refuseSameNames(conditions: readonly Condition[]): void {
  const names = conditions.map(({ name }) => name);
  const same = names.filter((name, at) => names.indexOf(name) !== at);
  if (same.length === 0) return;
  throw new ConfigError(
    `Alarms of two databases would be called the same: ${same.join(', ')}. Call one of the databases otherwise.`,
  );
}

/**
 * For executions that died before they could tell. Lambda's own Errors would add nothing but a second call for the
 * same failure: every invocation belongs to an execution, which goes on after an error or ends as failed.
 */
function durableConditions(functionName: string): Condition[] {
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
    when: { is: 'counted' },
  }));
}

const missedAfterHours = 3;

/**
 * A plain function, started each hour, has no execution: Lambda itself counts what failed, also where it was cut off
 * before it could tell.
 */
function plainConditions(stage: string, job: string, functionName: string): Condition[] {
  return [
    {
      name: `${functionName}-failed`,
      description: 'An invocation failed: its message and the function’s log say why.',
      namespace: 'AWS/Lambda',
      metric: 'Errors',
      dimensions: { FunctionName: functionName },
      when: { is: 'counted' },
    },
    {
      name: `${functionName}-missed`,
      description: `${job} has not succeeded for ${missedAfterHours} hours: see its schedule, and the queue of what could not be delivered.`,
      namespace: 'Nightshift',
      metric: 'RunSucceeded',
      dimensions: runDimensions(stage, { job }),
      when: { is: 'absent', hours: missedAfterHours },
      tellsRecovery: true,
    },
  ];
}

function runConditions({ stage }: Deployment, scheduled: ScheduledJob): Condition[] {
  const { job, database, missedAfterHours: hours } = scheduled;
  const shared = { namespace: 'Nightshift', dimensions: runDimensions(stage, scheduled) };
  const failed: Condition = {
    ...shared,
    name: `${job}-${database}-failed`,
    description: `${job} of ${database} failed: its message and its run record say why.`,
    metric: 'RunFailed',
    when: { is: 'counted' },
  };
  if (hours === undefined) return [failed];
  const missed: Condition = {
    ...shared,
    name: `${job}-${database}-missed`,
    description: `${job} of ${database} has not succeeded for ${hours} hours.`,
    metric: 'RunSucceeded',
    when: { is: 'absent', hours },
    tellsRecovery: true,
  };
  return [failed, missed];
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
    when: { is: 'above', threshold: settings.daysBehindAlarm },
    tellsRecovery: true,
  };
}

/** Also where the run itself is not at fault: a view may wait for its window too long. */
function staleCondition({ stage }: Deployment, database: string): Condition {
  const job = 'matview-refresh';
  return {
    name: `${job}-${database}-stale`,
    description: `A materialized view of ${database} is older than promised: the run's message and record say which, and why.`,
    namespace: 'Nightshift',
    metric: 'ViewsStale',
    dimensions: runDimensions(stage, { job, database }),
    when: { is: 'above', threshold: 0 },
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
    when: { is: 'counted', statistic: 'Maximum' },
    tellsRecovery: true,
  };
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
