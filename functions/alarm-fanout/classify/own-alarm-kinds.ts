import type { AlertMetric } from '../../../shared/alarm/alert.ts';
import type { Severity } from '../../../shared/alarm/severity.ts';

/** What the words about an alarm are made of. */
export interface About {
  readonly job: string;
  /** ` of menotime`, or nothing for what is of the whole stage. */
  readonly of: string;
  readonly value: string;
  readonly limit: string;
  /** What the template says of it, without the full stop. */
  readonly description: string;
}

export interface Kind {
  readonly severity: Severity;
  readonly momentary?: boolean;
  on(about: About): string;
  over(about: About): string;
}

const failedRun: Kind = {
  severity: 'warning',
  momentary: true,
  on: ({ job, of }) => `${job}${of} failed`,
  over: ({ job, of }) => `${job}${of} has not failed again`,
};

/** By namespace and metric: infra/aws makes one alarm on each for a database or a function. */
const known: ReadonlyMap<string, Kind> = new Map([
  ['Nightshift/RunFailed', failedRun],
  [
    'Nightshift/RunSucceeded',
    {
      severity: 'warning',
      on: ({ job, of, description }) => description || `${job}${of} has not succeeded in time`,
      over: ({ job, of }) => `${job}${of} has succeeded again`,
    },
  ],
  [
    'Nightshift/DaysBehind',
    {
      severity: 'warning',
      on: ({ of, value, limit }) => `The archive${of} is ${value} days behind its policy, over ${limit}`,
      over: ({ of }) => `The archive${of} has caught up`,
    },
  ],
  [
    'Nightshift/ViewsStale',
    {
      severity: 'warning',
      on: ({ of, value }) => `Materialized views${of} are older than promised: ${value}`,
      over: ({ of }) => `Materialized views${of} are as fresh as promised again`,
    },
  ],
  [
    'Nightshift/ObjectsDamaged',
    {
      severity: 'critical',
      momentary: true,
      on: ({ of, value }) => `amcheck found damage${of}, in ${value} objects: keep every backup`,
      over: ({ of }) => `amcheck has not looked${of} again`,
    },
  ],
  [
    'Nightshift/VerdictOk',
    {
      severity: 'critical',
      on: ({ of }) => `The backups${of} do not pass the checks of the day`,
      over: ({ of }) => `The backups${of} pass the checks of the day again`,
    },
  ],
  [
    'Nightshift/DrillAgeDays',
    {
      severity: 'warning',
      on: ({ of, value, limit }) => `No restore drill${of} has succeeded for ${value} days, over ${limit}`,
      over: ({ of }) => `A restore drill${of} has succeeded again`,
    },
  ],
  [
    'Nightshift/MaintenanceAgeDays',
    {
      severity: 'warning',
      on: ({ of, value, limit }) =>
        `No whole maintenance${of} has succeeded for ${value} days, over ${limit}`,
      over: ({ of }) => `The whole maintenance${of} has succeeded again`,
    },
  ],
  [
    'Nightshift/UrgentMaintenanceRuns',
    {
      severity: 'warning',
      on: ({ of, description }) => description || `The daily maintenance${of} has not run in time`,
      over: ({ of }) => `The daily maintenance${of} has run again`,
    },
  ],
  ['AWS/Lambda/DurableExecutionFailed', { ...failedRun, on: ({ job }) => `An execution of ${job} failed` }],
  [
    'AWS/Lambda/DurableExecutionTimedOut',
    { ...failedRun, on: ({ job }) => `An execution of ${job} took longer than it may` },
  ],
  ['AWS/Lambda/Errors', failedRun],
  [
    'AWS/SQS/ApproximateNumberOfMessagesVisible',
    {
      severity: 'warning',
      on: ({ job }) => `Events lie in the queue ${job}: nothing will start those runs by itself`,
      over: ({ job }) => `The queue ${job} is empty again`,
    },
  ],
]);

/** Of a metric that nothing else is known of. */
const unknown: Kind = {
  severity: 'warning',
  on: ({ job, of, description }) => description || `${job}${of} needs to be looked at`,
  over: ({ job, of, description }) => `It is over: ${description || `${job}${of}`}`,
};

/** Undefined for a metric that is not of Nightshift's jobs, their functions or their queues. */
export function kindOf({ namespace, name }: Pick<AlertMetric, 'namespace' | 'name'>): Kind | undefined {
  return known.get(`${namespace}/${name}`) ?? (namespace === 'Nightshift' ? unknown : undefined);
}
