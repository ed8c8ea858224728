import {
  attribute,
  durableAlias,
  logicalName,
  type Resource,
  type Resources,
  ref,
} from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { type ScheduledJob, scheduledJobs } from './scheduled-jobs.ts';

/** One schedule for each database and job, in the stage's group, in UTC: local time would skip or repeat a night. */
export function scheduleResources({ config }: Deployment): Resources {
  return Object.fromEntries(
    scheduledJobs(config).map((scheduled) => [
      `${logicalName(scheduled.job)}Schedule${logicalName(scheduled.database)}`,
      schedule(scheduled),
    ]),
  );
}

/** The aliases of every job that has a schedule. */
export function aliasReferences({ config }: Deployment) {
  const jobs = new Set(scheduledJobs(config).map(({ job }) => job));
  return [...jobs].map((job) => ref(durableAlias(job)));
}

function schedule({ job, database, schedule }: ScheduledJob): Resource {
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: `${job}-${database}`,
      Description: `Starts ${job} of the database ${database}`,
      GroupName: ref('ScheduleGroup'),
      ScheduleExpression: schedule,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: ref(durableAlias(job)),
        RoleArn: attribute('SchedulerRole', 'Arn'),
        Input: JSON.stringify({
          trigger: 'schedule',
          database,
          scheduledTime: '<aws.scheduler.scheduled-time>',
        }),
        // Six hours late is still the same night; later, the missed night is an alarm.
        RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 },
        DeadLetterConfig: { Arn: attribute('Undelivered', 'Arn') },
      },
    },
  };
}
