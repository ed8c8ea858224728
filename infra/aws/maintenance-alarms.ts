import type { Condition } from './alarm.ts';
import type { Deployment } from './deployment.ts';
import { type MaintainedDatabase, maintainedDatabases } from './job-databases.ts';
import { runDimensions } from './run-dimensions.ts';
import { isDaily, longestLookBackDays } from './scheduled-jobs.ts';

const job = 'db-maintenance';
/** From one daily run to the next, with room for an archive run that it waits for. */
const dailyHours = 36;

/** What the runs of db-maintenance say of a database. */
export function maintenanceConditions(deployment: Deployment): Condition[] {
  return maintainedDatabases(deployment.config).flatMap((one) => [
    damaged(deployment, one),
    ...late(deployment, one),
    ...silent(deployment, one),
  ]);
}

/** Told apart from whatever else fails a run: nothing else of it cannot wait for the morning. */
function damaged({ stage }: Deployment, { database }: MaintainedDatabase): Condition {
  return {
    name: `${job}-${database}-damaged`,
    description: `amcheck found damage in ${database}: keep every backup, and see docs/runbooks/db-maintenance.md before anything is repaired.`,
    namespace: 'Nightshift',
    metric: 'ObjectsDamaged',
    dimensions: runDimensions(stage, { job, database }),
    when: { is: 'counted' },
  };
}

/**
 * No alarm looks back further than a week, so that a missing whole run is told by a number that the daily run of what
 * cannot wait counts: how old the last one is, or for how long a first one has been missing.
 */
function late({ stage }: Deployment, { database, settings }: MaintainedDatabase): Condition[] {
  if (settings.missedAfterDays <= longestLookBackDays) return [];
  return [
    {
      name: `${job}-${database}-missed`,
      description: `No whole run of ${job} of ${database} has succeeded for ${settings.missedAfterDays} days.`,
      namespace: 'Nightshift',
      metric: 'MaintenanceAgeDays',
      dimensions: runDimensions(stage, { job, database }),
      when: { is: 'above', threshold: settings.missedAfterDays },
      tellsRecovery: true,
    },
  ];
}

/** Without the daily run nobody would count those days. */
function silent({ stage }: Deployment, { database, settings }: MaintainedDatabase): Condition[] {
  if (!isDaily(settings.urgentSchedule)) return [];
  return [
    {
      name: `${job}-${database}-urgent-missed`,
      description: `The daily run of what cannot wait of ${job} of ${database} has not come to its end for ${dailyHours} hours.`,
      namespace: 'Nightshift',
      metric: 'UrgentMaintenanceRuns',
      dimensions: runDimensions(stage, { job, database }),
      when: { is: 'absent', hours: dailyHours },
      tellsRecovery: true,
    },
  ];
}
