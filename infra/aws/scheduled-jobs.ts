import type { DatabaseConfig, StageConfig } from '../../shared/config/schema.ts';

/** One database's part in one job. */
export interface ScheduledJob {
  readonly job: string;
  readonly database: string;
  /** `cron(…)`, `rate(…)` or `at(…)`, in UTC. */
  readonly schedule: string;
  readonly missedAfterHours: number;
}

interface Scheduled {
  readonly schedule: string;
  readonly missedAfterHours: number;
}

/** Where each job's schedule stands in a database's config; a job that is not in here has none. */
const settingsOf: Readonly<Record<string, (database: DatabaseConfig) => Scheduled | undefined>> = {
  'snapshot-export': (database) => database.snapshotExport,
  'audit-archive': (database) => database.auditArchive,
};

/** Every schedule of a stage, job by job. */
export function scheduledJobs(config: StageConfig): ScheduledJob[] {
  return Object.entries(settingsOf).flatMap(([job, find]) =>
    Object.entries(config.databases).flatMap(([database, settings]) => {
      const { schedule, missedAfterHours } = find(settings) ?? {};
      return schedule === undefined || missedAfterHours === undefined
        ? []
        : [{ job, database, schedule, missedAfterHours }];
    }),
  );
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
