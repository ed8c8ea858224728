import {
  attribute,
  durableAlias,
  logicalName,
  plainFunction,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import { type Deployment, isPlain } from './deployment.ts';
import { type ScheduledJob, scheduledJobs } from './scheduled-jobs.ts';

/** How often what drills left behind is looked for: each hour of an instance costs. */
const hourly = 'rate(1 hour)';

/** One schedule for each database and job, in the stage's group, in UTC: local time would skip or repeat a night. */
export function scheduleResources(deployment: Deployment): Resources {
  const ofDatabases = scheduledJobs(deployment).map((scheduled) => [
    `${logicalName(scheduled.job)}Schedule${logicalName(scheduled.database)}`,
    databaseSchedule(scheduled),
  ]);
  const ofStage = stageJobs(deployment).map((job) => [`${logicalName(job)}Schedule`, stageSchedule(job)]);
  return Object.fromEntries([...ofDatabases, ...ofStage]);
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

function databaseSchedule({ job, database, schedule }: ScheduledJob): Resource {
  return scheduleResource({
    name: `${job}-${database}`,
    description: `Starts ${job} of the database ${database}`,
    schedule,
    target: ref(durableAlias(job)),
    input: { trigger: 'schedule', database, scheduledTime: '<aws.scheduler.scheduled-time>' },
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
}

function scheduleResource({ name, description, schedule, target, input, retry }: ScheduleParts): Resource {
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
        DeadLetterConfig: { Arn: attribute('Undelivered', 'Arn') },
      },
    },
  };
}
