import {
  attribute,
  durableAlias,
  logicalName,
  plainFunction,
  type Resource,
  type Resources,
  ref,
  type Statement,
  type Value,
} from './cloudformation.ts';
import { type Deployment, isPlain } from './deployment.ts';
import { maintainedDatabases } from './job-databases.ts';
import { type ScheduledJob, scheduledJobs } from './scheduled-jobs.ts';

/** How often alarms that are held back, or on for long, are looked at. */
const everyFiveMinutes = 'rate(5 minutes)';
/** How often what drills left behind is looked for: each hour of an instance costs. */
const hourly = 'rate(1 hour)';

/** One schedule for each database and job, in the stage's group, in UTC: local time would skip or repeat a night. */
export function scheduleResources(deployment: Deployment): Resources {
  const ofDatabases = scheduledJobs(deployment).map((scheduled) => [
    `${logicalName(scheduled.job)}Schedule${logicalName(scheduled.database)}`,
    databaseSchedule(scheduled),
  ]);
  const ofStage = stageJobs(deployment).map((job) => [`${logicalName(job)}Schedule`, stageSchedule(job)]);
  return Object.fromEntries([
    ...ofDatabases,
    ...urgentSchedules(deployment),
    ...ofStage,
    ...pipeSchedules(deployment),
  ]);
}

/** What of db-maintenance cannot wait for its whole run. */
function urgentSchedules({ config }: Deployment): [string, Resource][] {
  const job = 'db-maintenance';
  return maintainedDatabases(config).map(({ database, settings }) => [
    `${logicalName(job)}UrgentSchedule${logicalName(database)}`,
    databaseSchedule({ job, database, schedule: settings.urgentSchedule, part: 'urgent' }),
  ]);
}

/** What alarm-fanout is told by the clock comes by its queue, as everything else that it is told. */
function pipeSchedules({ config: { alarms } }: Deployment): [string, Resource][] {
  if (alarms === undefined) return [];
  const triggers = { tick: everyFiveMinutes, heartbeat: alarms.heartbeat.schedule };
  return Object.entries(triggers).map(([trigger, schedule]) => [
    `AlarmSchedule${logicalName(trigger)}`,
    scheduleResource({
      name: `alarm-${trigger}`,
      description: `Tells alarm-fanout: ${trigger}`,
      schedule,
      target: attribute('AlarmQueue', 'Arn'),
      input: { trigger, scheduledTime: '<aws.scheduler.scheduled-time>' },
      retry: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 5 },
      undelivered: 'AlarmDeadLetters',
    }),
  ]);
}

/** What the role of the schedules may do: start jobs, put triggers on a queue, and leave what cannot be delivered. */
export function schedulerPolicy(deployment: Deployment) {
  const piped = deployment.config.alarms !== undefined;
  const started = startedFunctions(deployment);
  const send = (Sid: string, queues: readonly string[]): Statement[] =>
    queues.length === 0
      ? []
      : [
          {
            Sid,
            Effect: 'Allow',
            Action: 'sqs:SendMessage',
            Resource: queues.map((queue) => attribute(queue, 'Arn')),
          },
        ];
  const start: Statement = {
    Sid: 'StartJobs',
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Resource: started,
  };
  const statements = [
    ...(started.length > 0 ? [start] : []),
    ...send('TellAlarmFanout', piped ? ['AlarmQueue'] : []),
    ...send('LeaveWhatCannotBeDelivered', ['Undelivered', ...(piped ? ['AlarmDeadLetters'] : [])]),
  ];
  return { PolicyName: 'start-jobs', PolicyDocument: { Version: '2012-10-17', Statement: statements } };
}

/** What the schedules start: the aliases of the durable jobs, and plain functions themselves. */
export function startedFunctions(deployment: Deployment): Value[] {
  const durable = new Set(scheduledJobs(deployment).map(({ job }) => job));
  return [
    ...[...durable].map((job) => ref(durableAlias(job))),
    ...stageJobs(deployment).map((job) => attribute(plainFunction(job), 'Arn')),
  ];
}

/** Those that are of the stage as a whole, and not of one database. */
function stageJobs(deployment: Deployment): string[] {
  return Object.keys(deployment.functionNames).filter((job) => isPlain(deployment, job));
}

function databaseSchedule({ job, database, schedule, part }: ScheduledJob & { part?: string }): Resource {
  return scheduleResource({
    name: [job, database, ...(part ? [part] : [])].join('-'),
    description: `Starts ${part === undefined ? job : `${job}, what is ${part},`} of the database ${database}`,
    schedule,
    target: ref(durableAlias(job)),
    input: {
      ...{ trigger: 'schedule', database, scheduledTime: '<aws.scheduler.scheduled-time>' },
      ...(part && { part }),
    },
    // Six hours late is still the same night; later, the missed night is an alarm.
    retry: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 },
  });
}

function stageSchedule(job: string): Resource {
  return scheduleResource({
    name: job,
    description: `Starts ${job} of the whole stage`,
    schedule: hourly,
    target: attribute(plainFunction(job), 'Arn'),
    input: { trigger: 'schedule', scheduledTime: '<aws.scheduler.scheduled-time>' },
    // The next hour's does the same.
    retry: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 5 },
  });
}

interface ScheduleParts {
  readonly name: string;
  readonly description: string;
  readonly schedule: string;
  readonly target: Value;
  readonly input: Readonly<Record<string, string>>;
  readonly retry: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  /** The queue of what cannot be delivered, where it is not that of the jobs. */
  readonly undelivered?: string;
}

function scheduleResource(parts: ScheduleParts): Resource {
  const { name, description, schedule, target, input, retry, undelivered = 'Undelivered' } = parts;
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: name,
      Description: description,
      GroupName: ref('ScheduleGroup'),
      ScheduleExpression: schedule,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: target,
        RoleArn: attribute('SchedulerRole', 'Arn'),
        Input: JSON.stringify(input),
        RetryPolicy: retry,
        DeadLetterConfig: { Arn: attribute(undelivered, 'Arn') },
      },
    },
  };
}
