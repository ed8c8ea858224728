import * as z from 'zod/mini';
import { alarmStates } from '../../../shared/alarm/alert.ts';
import { alarmKey, contributorKey, parseAlarmArn } from './alarm-arn.ts';
import { childrenOf } from './composite-rule.ts';
import { momentSchema } from './moment.ts';
import type { ObservedAlarm } from './observed.ts';
import { type Reading, readReading } from './reading.ts';
import { check, loosely, refuse } from './refuse.ts';
import { describeSeries, dimensionsOf, type Series, type SeriesMetric } from './series.ts';
import { longest, oneLine, paragraph } from './text.ts';

/** What an alarm sends to SNS: other names than EventBridge has, and the same alert. */

function triggerSchema() {
  const text = loosely(z.string());
  const dimensions = loosely(z.array(z.object({ name: z.string(), value: z.string() })));
  const metric = z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions });
  return z.object({
    Namespace: text,
    MetricName: text,
    Dimensions: dimensions,
    Statistic: text,
    ExtendedStatistic: text,
    Unit: text,
    Period: loosely(z.number()),
    Threshold: loosely(z.number()),
    Metrics: loosely(
      z.array(
        z.object({
          MetricStat: loosely(z.object({ Metric: metric, Period: z.number(), Stat: z.string(), Unit: text })),
          Expression: text,
          Label: text,
          ReturnData: loosely(z.boolean()),
        }),
      ),
    ),
  });
}

/** Built once, when the first message is read. */
function messageSchema() {
  const text = loosely(z.string());
  return z.object({
    AlarmName: z.string().check(z.minLength(1)),
    AlarmArn: z.string(),
    AlarmDescription: text,
    NewStateValue: z.enum(alarmStates),
    NewStateReason: text,
    StateChangeTime: momentSchema(),
    Trigger: loosely(triggerSchema()),
    AlarmRule: text,
    TriggeringChildren: loosely(z.array(z.object({ Arn: z.string() }))),
    AlarmContributorId: text,
    AlarmContributorAttributes: loosely(z.record(z.string(), z.string())),
  });
}

const schema = z.lazy(messageSchema);

type Trigger = z.output<ReturnType<typeof triggerSchema>>;

/** Throws EventRefusedError for what lacks what an alarm is known by. */
export function observeAlarmMessage(raw: object): ObservedAlarm {
  const message = check(schema, raw, 'an alarm by SNS');
  const alarm = parseAlarmArn(message.AlarmArn);
  if (!alarm) return refuse('as an alarm by SNS it has a fault:\n  - AlarmArn: is no ARN of an alarm');
  const { arn, region, account } = alarm;
  const { AlarmContributorId: contributor, AlarmContributorAttributes: attributes } = message;
  const key = alarmKey(arn);
  return {
    kind: 'alarm',
    arn,
    key: contributor ? contributorKey(arn, contributor) : key,
    name: oneLine(message.AlarmName, longest.name) || '-',
    state: message.NewStateValue,
    at: message.StateChangeTime,
    account,
    region,
    description: paragraph(message.AlarmDescription, longest.description),
    reason: paragraph(message.NewStateReason, longest.reason),
    ...describeSeries(
      seriesOf(message.Trigger),
      readingOf(message.NewStateReason, message.Trigger),
      contributor ? (attributes ?? {}) : null,
    ),
    children: childrenOf(
      message.AlarmRule,
      (message.TriggeringChildren ?? []).map(({ Arn }) => Arn),
      { region, account, key },
    ),
    quiet: null,
    deleted: false,
  };
}

/** There is no `reasonData`: what was measured stands in the words alone. */
function readingOf(reason: string | null | undefined, trigger: Trigger | null | undefined): Reading {
  const reading = readReading(null, reason ?? null);
  return { ...reading, threshold: trigger?.Threshold ?? reading.threshold };
}

function seriesOf(trigger: Trigger | null | undefined): Series[] {
  if (!trigger) return [];
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period, Unit } = trigger;
  if (Namespace && MetricName) {
    const metric = metricOf({
      metric: { Namespace, MetricName, Dimensions },
      statistic: Statistic ?? ExtendedStatistic ?? '',
      periodSeconds: Period ?? 0,
      unit: Unit ?? null,
    });
    return [{ metric, expression: null, label: null, compared: true }];
  }
  return (trigger.Metrics ?? []).map(({ MetricStat: stat, Expression, Label, ReturnData }) => ({
    metric: stat
      ? metricOf({
          metric: stat.Metric,
          statistic: stat.Stat,
          periodSeconds: stat.Period,
          unit: stat.Unit ?? null,
        })
      : null,
    expression: Expression ?? null,
    label: Label ? oneLine(Label, 120) : null,
    compared: ReturnData ?? true,
  }));
}

interface GivenMetric extends Pick<SeriesMetric, 'statistic' | 'periodSeconds' | 'unit'> {
  readonly metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: readonly { readonly name: string; readonly value: string }[] | null | undefined;
  };
}

function metricOf({ metric, statistic, periodSeconds, unit }: GivenMetric): SeriesMetric {
  const pairs = (metric.Dimensions ?? []).map(({ name, value }) => [name, value] as const);
  return {
    namespace: oneLine(metric.Namespace, 255),
    name: oneLine(metric.MetricName, 255),
    dimensions: dimensionsOf(pairs),
    statistic: statistics.get(statistic) ?? oneLine(statistic, 50),
    periodSeconds,
    unit,
  };
}

/** SNS shouts what every other interface of CloudWatch writes like this. */
const statistics: ReadonlyMap<string, string> = new Map([
  ['AVERAGE', 'Average'],
  ['SUM', 'Sum'],
  ['MINIMUM', 'Minimum'],
  ['MAXIMUM', 'Maximum'],
  ['SAMPLE_COUNT', 'SampleCount'],
]);
