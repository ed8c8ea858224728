import { alarmResources } from '../../aws/alarms.ts';
import type { Resource } from '../../aws/cloudformation.ts';
import { databaseAlarmResources } from '../../aws/database-alarms.ts';
import type { Deployment } from '../../aws/deployment.ts';
import type { Alarms } from '../cloudwatch/alarms.ts';

/**
 * The alarms of a stage's template as CloudWatch has them after a deployment: none of them on. Without them,
 * alarm-fanout would take one that an event tells of for deleted.
 */
export function restingAlarms(deployment: Deployment, at: Date): Alarms {
  const resources = Object.values({ ...alarmResources(deployment), ...databaseAlarmResources(deployment) });
  const { account, region } = deployment.config;
  const resting = ({ Properties: { AlarmName, AlarmDescription } }: Resource) => ({
    AlarmName: String(AlarmName),
    AlarmArn: `arn:aws:cloudwatch:${region}:${account}:alarm:${String(AlarmName)}`,
    AlarmDescription: String(AlarmDescription),
    StateValue: 'OK' as const,
    StateUpdatedTimestamp: at,
    StateTransitionedTimestamp: at,
  });
  const ofType = (type: string) => resources.filter(({ Type }) => Type === type).map(resting);
  return {
    metric: ofType('AWS::CloudWatch::Alarm'),
    composite: ofType('AWS::CloudWatch::CompositeAlarm'),
  };
}
