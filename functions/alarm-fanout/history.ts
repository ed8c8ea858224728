import { type CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';

/** Moments of changes, by the alarm's name. */
export type AlarmChanges = ReadonlyMap<string, readonly string[]>;

const mostItems = 100;

/**
 * When the alarms of the account changed lately, by CloudWatch's own history: one call for a whole batch, the newest
 * hundred changes. What it does not answer within `withinMs` is not waited for: flapping is damped where it is seen.
 */
export async function readChanges(
  cloudwatch: CloudWatchClient,
  { since, withinMs }: { readonly since: Date; readonly withinMs: number },
): Promise<AlarmChanges> {
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      HistoryItemType: 'StateUpdate',
      StartDate: since,
      MaxRecords: mostItems,
      ScanBy: 'TimestampDescending',
    }),
    { abortSignal: AbortSignal.timeout(withinMs) },
  );
  const changes = new Map<string, string[]>();
  for (const { AlarmName, Timestamp } of AlarmHistoryItems) {
    if (!AlarmName || !Timestamp) continue;
    changes.set(AlarmName, [...(changes.get(AlarmName) ?? []), Timestamp.toISOString()]);
  }
  return changes;
}
