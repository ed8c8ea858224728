import type { Condition } from './alarm.ts';
import type { Deployment } from './deployment.ts';
import { type DrilledDatabase, drilledDatabases, verifiedDatabases } from './job-databases.ts';
import { runDimensions } from './run-dimensions.ts';
import { longestLookBackDays } from './scheduled-jobs.ts';

const job = 'backup-verify';

/** What the daily checks say of the backups, and of the last drill. */
export function verdictConditions(deployment: Deployment): Condition[] {
  const verified = new Set(verifiedDatabases(deployment.config).map(({ database }) => database));
  const drilled = drilledDatabases(deployment.config).filter(({ database }) => verified.has(database));
  return [
    ...[...verified].map((database) => badVerdict(deployment, database)),
    ...drilled.flatMap((one) => oldDrill(deployment, one)),
  ];
}

function badVerdict({ stage }: Deployment, database: string): Condition {
  return {
    name: `${job}-${database}-bad-verdict`,
    description: `The backups of ${database} do not pass the checks of the day: the verdict in the message and the run record say what, and what to do.`,
    namespace: 'Nightshift',
    metric: 'VerdictOk',
    dimensions: runDimensions(stage, { job, database }),
    when: { is: 'below', threshold: 1 },
    tellsRecovery: true,
  };
}

/**
 * No alarm looks back further than a week, so that a missing drill is told by a number that is there each day: how old
 * the last one is, or for how long a first one has been missing.
 */
function oldDrill({ stage }: Deployment, { database, settings }: DrilledDatabase): Condition[] {
  if (settings.missedAfterDays <= longestLookBackDays) return [];
  return [
    {
      name: `restore-drill-${database}-missed`,
      description: `No restore drill of ${database} has succeeded for ${settings.missedAfterDays} days.`,
      namespace: 'Nightshift',
      metric: 'DrillAgeDays',
      dimensions: runDimensions(stage, { job, database }),
      when: { is: 'above', threshold: settings.missedAfterDays },
      tellsRecovery: true,
    },
  ];
}
