import type { Severity } from '../../shared/alarm/severity.ts';
import type { DatabaseAlarmsConfig } from '../../shared/config/schema.ts';
import { actions, alarm, type Condition, type Tags, tagList } from './alarm.ts';
import { logicalName, type Resource, type Resources, sub } from './cloudformation.ts';
import { type Watched, watchedMetrics } from './database-metrics.ts';
import type { Deployment } from './deployment.ts';

const runbook = 'docs/runbooks/database-alarms.md';

interface Watching {
  readonly database: string;
  readonly instance: string;
  readonly alarms: DatabaseAlarmsConfig;
}

/** The alarms on the metrics of each database's instance, and one for an instance that measures nothing at all. */
export function databaseAlarmResources(deployment: Deployment): Resources {
  const { config } = deployment;
  const watching = Object.entries(config.databases).flatMap(([database, { instance, alarms }]) =>
    alarms ? [{ database, instance, alarms }] : [],
  );
  return Object.fromEntries(
    watching.flatMap((one) => [
      ...watchedMetrics(one.instance, one.alarms).map((watched) => metricAlarm(deployment, one, watched)),
      ...downAlarms(deployment, one),
    ]),
  );
}

type Named = [logicalId: string, Resource];

function metricAlarm(deployment: Deployment, { database }: Watching, watched: Watched): Named {
  const { what, anchor, metric, instance, severity, says, when } = watched;
  const condition: Condition = {
    name: `nightshift-${deployment.stage}-${database}-${what}`,
    description: described(says, anchor),
    namespace: 'AWS/RDS',
    metric,
    dimensions: { DBInstanceIdentifier: instance },
    when,
    tellsRecovery: true,
    tags: tagsOf(database, severity),
  };
  return [logicalId(database, what), alarm(deployment, condition)];
}

/** CloudWatch takes 1,024 characters; the page of the runbook is found in them. */
const described = (says: string, anchor: string) => `${says}. Runbook: ${runbook}#${anchor}`;

/** A tag's value takes no `#`. */
function tagsOf(database: string, severity: Severity): Tags {
  return {
    'nightshift:severity': severity,
    'nightshift:database': database,
    'nightshift:runbook': runbook,
  };
}

const logicalId = (database: string, what: string) =>
  `DatabaseAlarm${logicalName(database)}${logicalName(what)}`;

/** What RDS measures each minute of every instance that runs: of the machine, and of the server in it. */
const alwaysMeasured = { cpu: 'CPUUtilization', connections: 'DatabaseConnections' } as const;

/**
 * No metric says that an instance is down: it is told by what no longer comes, from the machine or from the server in
 * it. One alone may be RDS's own hiccup, and is worth waking somebody all the same: the other metrics rest meanwhile.
 */
function downAlarms(deployment: Deployment, { database, instance, alarms }: Watching): Named[] {
  const minutes = alarms.downMinutes;
  if (minutes === null) return [];
  const parts = Object.entries(alwaysMeasured).map(([what, metric]): Named => {
    const condition: Condition = {
      name: `${deployment.names.besidePipe}${database}-silent-${what}`,
      description: `${metric} of ${instance} has not been measured for ${minutes} minutes`,
      namespace: 'AWS/RDS',
      metric,
      dimensions: { DBInstanceIdentifier: instance },
      when: { is: 'silent', minutes },
      rings: 'nowhere',
    };
    return [logicalId(database, `silent-${what}`), alarm(deployment, condition)];
  });
  const down: Resource = {
    Type: 'AWS::CloudWatch::CompositeAlarm',
    Properties: {
      AlarmName: `nightshift-${deployment.stage}-${database}-down`,
      AlarmDescription: described(
        `${instance} is down: CPUUtilization or DatabaseConnections has not been measured for ${minutes} minutes`,
        'down',
      ),
      // By reference: a composite alarm can be made only after its parts.
      AlarmRule: sub(parts.map(([part]) => `ALARM("\${${part}}")`).join(' OR ')),
      ...actions(deployment, { tellsRecovery: true }),
      Tags: tagList(tagsOf(database, 'critical')),
    },
  };
  return [...parts, [logicalId(database, 'down'), down]];
}
