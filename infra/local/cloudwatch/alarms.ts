import type { AlarmHistoryItem, CompositeAlarm, MetricAlarm, Tag } from '@aws-sdk/client-cloudwatch';

/** The alarms of one region, as tests and the CLI set them; nothing here evaluates a metric. */
export interface Alarms {
  readonly metric?: readonly MetricAlarm[];
  readonly composite?: readonly CompositeAlarm[];
  readonly history?: readonly AlarmHistoryItem[];
  /** By the alarm's ARN. */
  readonly tags?: Readonly<Record<string, readonly Tag[]>>;
}

interface DescribeInput {
  readonly AlarmNames?: readonly string[];
  readonly AlarmNamePrefix?: string;
  readonly AlarmTypes?: readonly string[];
  readonly StateValue?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

interface HistoryInput {
  readonly AlarmName?: string;
  readonly HistoryItemType?: string;
  readonly MaxRecords?: number;
  readonly NextToken?: string;
}

/** Metric alarms alone unless composite ones are asked for, as the service does. */
export function describeAlarms(alarms: Alarms, input: DescribeInput): object {
  const types = input.AlarmTypes ?? ['MetricAlarm'];
  const found = [
    ...(types.includes('MetricAlarm')
      ? (alarms.metric ?? []).map((alarm) => ({ alarm, type: 'MetricAlarms' }))
      : []),
    ...(types.includes('CompositeAlarm')
      ? (alarms.composite ?? []).map((alarm) => ({ alarm, type: 'CompositeAlarms' }))
      : []),
  ].filter(({ alarm }) => isAskedFor(alarm, input));
  const { items, NextToken } = page(found, input);
  return {
    MetricAlarms: items.filter(({ type }) => type === 'MetricAlarms').map(({ alarm }) => alarm),
    CompositeAlarms: items.filter(({ type }) => type === 'CompositeAlarms').map(({ alarm }) => alarm),
    ...(NextToken ? { NextToken } : {}),
  };
}

export function describeAlarmHistory(alarms: Alarms, input: HistoryInput): object {
  const found = (alarms.history ?? []).filter(
    ({ AlarmName, HistoryItemType }) =>
      (input.AlarmName ?? AlarmName) === AlarmName &&
      (input.HistoryItemType ?? HistoryItemType) === HistoryItemType,
  );
  const { items, NextToken } = page(found, input);
  return { AlarmHistoryItems: items, ...(NextToken ? { NextToken } : {}) };
}

/** An alarm without tags has none; that there is none of the name is not looked at. */
export function listTagsForResource(
  { tags }: Alarms,
  { ResourceARN }: { readonly ResourceARN: string },
): object {
  return { Tags: tags?.[ResourceARN] ?? [] };
}

function isAskedFor(alarm: MetricAlarm | CompositeAlarm, input: DescribeInput): boolean {
  const name = alarm.AlarmName ?? '';
  if (input.AlarmNames && !input.AlarmNames.includes(name)) return false;
  if (input.AlarmNamePrefix && !name.startsWith(input.AlarmNamePrefix)) return false;
  return input.StateValue === undefined || input.StateValue === alarm.StateValue;
}

/** A token is the number of items given so far. */
function page<T>(
  all: readonly T[],
  { MaxRecords = 50, NextToken }: { readonly MaxRecords?: number; readonly NextToken?: string },
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const start = Number(NextToken ?? 0);
  const end = start + MaxRecords;
  return { items: all.slice(start, end), ...(end < all.length ? { NextToken: String(end) } : {}) };
}
