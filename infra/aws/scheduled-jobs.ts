import type { DatabaseConfig } from '../../shared/config/schema.ts';
import type { Deployment } from './deployment.ts';

/** One database's part in one job. */
export interface ScheduledJob {
  readonly job: string;
  readonly database: string;
  /** `cron(…)`, `rate(…)` or `at(…)`, in UTC. */
  readonly schedule: string;
  /** Left out where CloudWatch cannot tell that a success is missing. */
  readonly missedAfterHours?: number;
}

type Scheduled = Pick<ScheduledJob, 'schedule' | 'missedAfterHours'>;

/** Where each job's schedule stands in a database's config; a job that is not in here has none of a database's own. */
const settingsOf: Readonly<Record<string, (database: DatabaseConfig) => Scheduled | undefined>> = {
  'snapshot-export': ({ snapshotExport }) => snapshotExport && nightly(snapshotExport),
  'audit-archive': ({ auditArchive }) => auditArchive && nightly(auditArchive),
  'backup-verify': ({ backupVerify }) => backupVerify && nightly(backupVerify),
  'restore-drill': ({ restoreDrill }) => restoreDrill && seldom(restoreDrill),
  'matview-refresh': ({ matviewRefresh }) => matviewRefresh && nightly(matviewRefresh),
  'db-maintenance': ({ dbMaintenance }) => dbMaintenance && seldom(dbMaintenance),
};

/** Every schedule of the jobs that a stage deploys, job by job. */
export function scheduledJobs({ config, functionNames }: Deployment): ScheduledJob[] {
  return Object.entries(settingsOf).flatMap(([job, find]) =>
    Object.entries(config.databases).flatMap(([database, settings]) => {
      const scheduled = find(settings);
      return scheduled === undefined || !Object.hasOwn(functionNames, job)
        ? []
        : [{ job, database, ...scheduled }];
    }),
  );
}

function nightly(settings: { readonly schedule: string; readonly missedAfterHours: number }): Scheduled {
  const { schedule, missedAfterHours } = settings;
  return isDaily(schedule) ? { schedule, missedAfterHours } : { schedule };
}

/** What CloudWatch lets an alarm look back at most. */
export const longestLookBackDays = 7;

function seldom(settings: { readonly schedule: string; readonly missedAfterDays: number }): Scheduled {
  const { schedule, missedAfterDays } = settings;
  const seen = missedAfterDays <= longestLookBackDays;
  return seen ? { schedule, missedAfterHours: missedAfterDays * 24 } : { schedule };
}

/** True for a schedule that leaves out no day: only then does a day without a success mean a missed night. */
export function isDaily(schedule: string): boolean {
  const [, , , dayOfMonth, month, dayOfWeek, year = '*'] = /^cron\((.+)\)$/.test(schedule)
    ? ['', ...schedule.slice(5, -1).trim().split(/\s+/)]
    : [];
  if (dayOfMonth !== undefined) {
    const everyDay = ['*', '?'];
    return (
      everyDay.includes(dayOfMonth) && month === '*' && everyDay.includes(dayOfWeek ?? '') && year === '*'
    );
  }
  return /^rate\((1 day|([1-9]|1\d|2[0-4]) hours?|\d+ minutes?)\)$/.test(schedule);
}
