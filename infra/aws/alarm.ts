import { type Resource, ref, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

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
  readonly tags?: Tags;
  /** `straight`: to the alert topic, past the pipe of alarms. `nowhere`: a composite alarm tells of it. */
  readonly rings?: 'straight' | 'nowhere';
}

export type Tags = Readonly<Record<string, string>>;

export type When =
  /** 1 or more in five minutes; silence is good news. */
  | { readonly is: 'counted'; readonly statistic?: 'Maximum' }
  /** Not once within so many hours; silence is the bad news. */
  | { readonly is: 'absent'; readonly hours: number }
  /** Not measured for so many minutes, whatever the value. */
  | { readonly is: 'silent'; readonly minutes: number }
  /** The newest value that there is: it says something until there is another. */
  | { readonly is: 'above' | 'below'; readonly threshold: number }
  | Past;

/** In each of so many periods in a row. */
export interface Past {
  readonly is: 'over' | 'under';
  readonly threshold: number;
  readonly statistic: 'Average' | 'Maximum' | 'Minimum';
  readonly periodSeconds: number;
  readonly periods: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore';
}

/** The alarm of a stage about a condition. */
export function alarm(deployment: Deployment, condition: Condition): Resource {
  const { name, description, namespace, metric, dimensions, when, tags } = condition;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: fullName(deployment, name),
      AlarmDescription: description,
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      ...evaluation(when),
      ...actions(deployment, condition),
      ...(tags === undefined ? {} : { Tags: tagList(tags) }),
    },
  };
}

function fullName({ stage, names }: Deployment, name: string): string {
  const prefix = `nightshift-${stage}-`;
  return [prefix, names.besidePipe].some((known) => name.startsWith(known)) ? name : prefix + name;
}

/**
 * Where it rings. A stage that says where alarms go takes them from EventBridge: with actions as well, people would be
 * told twice. What is wrong with that way goes past it.
 */
export function actions(
  { config }: Deployment,
  { rings, tellsRecovery }: Pick<Condition, 'rings' | 'tellsRecovery'>,
) {
  if (rings === 'nowhere' || (config.alarms !== undefined && rings !== 'straight')) return {};
  const topic = [ref('AlertTopic')];
  return { AlarmActions: topic, ...(tellsRecovery ? { OKActions: topic } : {}) };
}

export const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

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
      return { Statistic: 'Sum', ...noneIn(when.hours, 3_600) };
    case 'silent':
      return { Statistic: 'SampleCount', ...noneIn(when.minutes, 60) };
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
    case 'over':
    case 'under':
      return past(when);
  }
}

function noneIn(periods: number, periodSeconds: number) {
  return {
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    Period: periodSeconds,
    EvaluationPeriods: periods,
    DatapointsToAlarm: periods,
    TreatMissingData: 'breaching',
  };
}

function past({ is, threshold, statistic, periodSeconds, periods, missing }: Past) {
  return {
    Statistic: statistic,
    Threshold: threshold,
    ComparisonOperator: is === 'over' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    Period: periodSeconds,
    EvaluationPeriods: periods,
    DatapointsToAlarm: periods,
    TreatMissingData: missing,
  };
}
