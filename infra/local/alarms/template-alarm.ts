import { randomUUID } from 'node:crypto';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { databaseAlarmResources } from '../../aws/database-alarms.ts';
import type { Deployment } from '../../aws/deployment.ts';

/** An alarm as the template makes it, with what CloudWatch adds: its address. */
export type TemplateAlarm = Readonly<
  Required<
    Pick<
      MetricAlarm,
      'AlarmName' | 'AlarmDescription' | 'Namespace' | 'MetricName' | 'Dimensions' | 'Statistic' | 'Period'
    >
  >
> & {
  readonly Threshold: number;
  readonly AlarmArn: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
};

/** The alarm of a stage on a metric of RDS. Throws where the config asks for none. */
export function templateAlarm(deployment: Deployment, metric: string): TemplateAlarm {
  const { config } = deployment;
  const found = Object.values(databaseAlarmResources(deployment)).find(
    ({ Properties }) => Properties.MetricName === metric && Properties.Statistic !== 'SampleCount',
  );
  if (!found) throw new Error(`The stage "${deployment.stage}" has no alarm on ${metric}: see its "alarms".`);
  const properties = found.Properties as unknown as Omit<TemplateAlarm, 'AlarmArn'>;
  const AlarmArn = `arn:aws:cloudwatch:${config.region}:${config.account}:alarm:${properties.AlarmName}`;
  return { ...properties, AlarmArn };
}

export interface StateChange {
  readonly alarm: TemplateAlarm;
  readonly value: 'ALARM' | 'OK';
  /** What the metric was measured as. */
  readonly measured: number;
  readonly at: Date;
}

/** What EventBridge sends when an alarm changes its state. */
export function stateChangeEvent({ alarm, value, measured, at }: StateChange): object {
  const [, , , region = '', account = ''] = alarm.AlarmArn.split(':');
  const before = value === 'ALARM' ? 'OK' : 'ALARM';
  const moment = (time: Date) => time.toISOString().replace('Z', '+0000');
  const is = value === 'ALARM' ? 'was' : 'was not';
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account,
    time: at.toISOString(),
    region,
    resources: [alarm.AlarmArn],
    detail: {
      alarmName: alarm.AlarmName,
      state: {
        value,
        reason: `Threshold Crossed: 1 datapoint [${measured.toFixed(1)} (${at.toISOString()})] ${is} greater than the threshold (${alarm.Threshold.toFixed(1)}).`,
        reasonData: JSON.stringify({
          version: '1.0',
          queryDate: moment(at),
          startDate: moment(at),
          statistic: alarm.Statistic,
          period: alarm.Period,
          recentDatapoints: [measured],
          threshold: alarm.Threshold,
        }),
        timestamp: moment(at),
      },
      previousState: { value: before, timestamp: moment(new Date(at.getTime() - 60_000)) },
      configuration: {
        description: alarm.AlarmDescription,
        metrics: [
          {
            id: 'm1',
            metricStat: {
              metric: {
                namespace: alarm.Namespace,
                name: alarm.MetricName,
                dimensions: Object.fromEntries(alarm.Dimensions.map(({ Name, Value }) => [Name, Value])),
              },
              period: alarm.Period,
              stat: alarm.Statistic,
            },
            returnData: true,
          },
        ],
      },
    },
  };
}
