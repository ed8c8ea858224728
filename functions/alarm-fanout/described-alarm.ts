import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { GoneAlarm } from './untold.ts';

/** What DescribeAlarms says of an alarm, in the shape in which EventBridge would have told it. */
export function alarmEventOf(alarm: MetricAlarm | CompositeAlarm): object {
  const { AlarmArn = '', AlarmName, AlarmDescription, StateValue, StateReason, StateReasonData } = alarm;
  const [, , , region, account] = AlarmArn.split(':');
  const changedAt = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  return {
    version: '0',
    'detail-type': 'CloudWatch Alarm State Change',
    source: 'aws.cloudwatch',
    account,
    region,
    time: changedAt?.toISOString(),
    resources: [AlarmArn],
    detail: {
      alarmName: AlarmName,
      state: {
        value: StateValue,
        reason: StateReason,
        reasonData: StateReasonData,
        timestamp: changedAt?.toISOString(),
        ...('AlarmRule' in alarm ? { actionsSuppressedBy: alarm.ActionsSuppressedBy } : {}),
      },
      configuration: {
        description: AlarmDescription,
        ...('AlarmRule' in alarm
          ? { alarmRule: alarm.AlarmRule, actionsSuppressor: alarm.ActionsSuppressor }
          : metricsOf(alarm)),
      },
    },
  };
}

/** That an alarm was deleted, as EventBridge would have told it. */
export function deletionEventOf({ arn, name, contributor }: GoneAlarm, now: Date): object {
  const [, , , region, account] = arn.split(':');
  return {
    version: '0',
    'detail-type': 'CloudWatch Alarm Configuration Change',
    source: 'aws.cloudwatch',
    account,
    region,
    time: now.toISOString(),
    resources: [arn],
    detail: {
      operation: 'delete',
      alarmName: name,
      state: { value: 'INSUFFICIENT_DATA', timestamp: now.toISOString() },
      configuration: { metrics: [] },
      ...(contributor === null ? {} : { alarmContributor: { id: contributor, attributes: {} } }),
    },
  };
}

function metricsOf({
  Metrics,
  MetricName,
  Namespace,
  Dimensions = [],
  Period,
  Statistic,
  ExtendedStatistic,
}: MetricAlarm) {
  if (MetricName !== undefined) {
    const metric = { namespace: Namespace, name: MetricName, dimensions: dimensionsOf(Dimensions) };
    const metricStat = { metric, period: Period, stat: Statistic ?? ExtendedStatistic };
    return { metrics: [{ id: 'm1', metricStat, returnData: true }] };
  }
  return {
    metrics: (Metrics ?? []).map(({ Id, Expression, Label, ReturnData, MetricStat }) => ({
      id: Id,
      returnData: ReturnData,
      ...(Expression === undefined ? {} : { expression: Expression, label: Label }),
      ...(MetricStat === undefined
        ? {}
        : {
            metricStat: {
              metric: {
                namespace: MetricStat.Metric?.Namespace,
                name: MetricStat.Metric?.MetricName,
                dimensions: dimensionsOf(MetricStat.Metric?.Dimensions ?? []),
              },
              period: MetricStat.Period,
              stat: MetricStat.Stat,
            },
          }),
    })),
  };
}

function dimensionsOf(
  pairs: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[],
) {
  return Object.fromEntries(pairs.map(({ Name = '', Value }) => [Name, Value]));
}
