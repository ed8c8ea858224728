import { type Resource, ref, type Value } from './cloudformation.ts';

/** One thing to ring for, and when. */
export interface Condition {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, Value>>;
  readonly when: When;
  /** For what lasts until it is mended. A failed run is over at once: the next five minutes say nothing of it. */
  readonly tellsRecovery?: boolean;
}

type When =
  /** 1 or more in five minutes; silence is good news. */
  | { readonly is: 'counted'; readonly statistic?: 'Maximum' }
  /** Not once within so many hours; silence is the bad news. */
  | { readonly is: 'absent'; readonly hours: number }
  /** The newest value that there is: it says something until there is another. */
  | { readonly is: 'above' | 'below'; readonly threshold: number };

/** The alarm of a stage about a condition, which rings at the alert topic. */
export function alarm(stage: string, condition: Condition): Resource {
  const { name, description, namespace, metric, dimensions, when, tellsRecovery } = condition;
  const prefix = `nightshift-${stage}-`;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name.startsWith(prefix) ? name : prefix + name,
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      ...evaluation(when),
      AlarmActions: [ref('AlertTopic')],
      ...(tellsRecovery ? { OKActions: [ref('AlertTopic')] } : {}),
    },
  };
}

const atOnce = { Period: 300, EvaluationPeriods: 1, DatapointsToAlarm: 1 };

function evaluation(when: When) {
  switch (when.is) {
    case 'counted':
      return {
        Statistic: when.statistic ?? 'Sum',
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        ...atOnce,
        TreatMissingData: 'notBreaching',
      };
    case 'absent':
      return {
        Statistic: 'Sum',
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        Period: 3_600,
        EvaluationPeriods: when.hours,
        DatapointsToAlarm: when.hours,
        TreatMissingData: 'breaching',
      };
    case 'above':
      return {
        Statistic: 'Maximum',
        Threshold: when.threshold,
        ComparisonOperator: 'GreaterThanThreshold',
        ...atOnce,
        TreatMissingData: 'ignore',
      };
    case 'below':
      return {
        Statistic: 'Minimum',
        Threshold: when.threshold,
        ComparisonOperator: 'LessThanThreshold',
        ...atOnce,
        TreatMissingData: 'ignore',
      };
  }
}
