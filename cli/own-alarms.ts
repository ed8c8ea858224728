import { alarmResources } from '../infra/aws/alarms.ts';
import { databaseAlarmResources } from '../infra/aws/database-alarms.ts';
import type { Deployment } from '../infra/aws/deployment.ts';

/** Names of the alarms that a stage's template makes, and that go the way of alarms. */
export function ownAlarmNames(deployment: Deployment): string[] {
  const resources = { ...alarmResources(deployment), ...databaseAlarmResources(deployment) };
  return Object.values(resources)
    .map(({ Properties }) => String(Properties.AlarmName))
    .filter((name) => name.startsWith(`nightshift-${deployment.stage}-`));
}
