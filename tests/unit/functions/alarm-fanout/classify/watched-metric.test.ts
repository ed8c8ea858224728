import { expect, test } from '@jest/globals';
import { databaseAlarmResources } from '../../../../../infra/aws/database-alarms.ts';
import { describeDeployment } from '../../../../../infra/aws/deployment.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';
import { stageConfig, stageInput } from '../../../../support/stage-config.ts';

const config = stageConfig({
  menotime: {
    ...stageInput.databases.menotime,
    alarms: {
      maxConnections: 500,
      memoryGiB: 8,
      replicas: ['menotime-replica'],
      // Each other than the rest, so that none can be taken for another.
      cpuPercent: { severity: 'info' },
      connectionsPercent: { severity: 'critical' },
    },
  },
});

interface Properties {
  readonly AlarmName: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

const alarms = Object.values(databaseAlarmResources(describeDeployment('prod', config, ['snapshot-export'])))
  .map(({ Properties }) => Properties as unknown as Properties)
  .filter(({ MetricName, Tags }) => MetricName !== undefined && Tags !== undefined)
  .map((alarm) => [alarm.AlarmName, alarm] as const);

const event = sample('eventbridge-metric') as { readonly detail: object };

function eventOf({ AlarmName, MetricName, Dimensions = [] }: Properties) {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const metricStat = {
    metric: { namespace: 'AWS/RDS', name: MetricName, dimensions },
    period: 300,
    stat: 'Average',
  };
  const detail = {
    ...event.detail,
    alarmName: AlarmName,
    configuration: { metrics: [{ id: 'm1', metricStat }] },
  };
  return { ...event, resources: [`arn:aws:cloudwatch:us-west-1:111122223333:alarm:${AlarmName}`], detail };
}

test('there are alarms on eleven metrics', () => {
  expect(new Set(alarms.map(([, { MetricName }]) => MetricName)).size).toBe(11);
});

test.each(alarms)('%s is as bad without its tags as with them', (_, alarm) => {
  const tags = Object.fromEntries((alarm.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  const [bare] = alertsOf(eventOf(alarm), {}, { stage: 'prod', config });
  expect(bare?.severity).toBe(tags['nightshift:severity']);
  const tagged = alertsOf(eventOf(alarm), tags, { stage: 'prod', config });
  expect(tagged).toEqual([{ ...bare, runbook: tags['nightshift:runbook'] }]);
});

test('an alarm of somebody else on the same metric is not judged by the config', () => {
  const [, alarm] = alarms.find(([name]) => name.endsWith('-free-storage')) ?? [];
  if (!alarm) throw new Error('There is no alarm on free storage.');
  const mine = { ...alarm, AlarmName: 'storage of menotime' };
  expect(alertsOf(eventOf(mine), {}, { stage: 'prod', config })[0]?.severity).toBe('warning');
});
