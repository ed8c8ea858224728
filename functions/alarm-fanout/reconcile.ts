import {
  type CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { Failures } from '../../shared/job/failures.ts';
import type { AlarmRow } from './alarm-row.ts';
import { readRows } from './alarm-table.ts';
import { applyChange } from './apply.ts';
import type { Batch } from './batch.ts';
import { classify } from './classify.ts';
import { alarmEventOf } from './described-alarm.ts';
import { matchesName } from './matches.ts';
import { normalise } from './normalise/normalise.ts';
import { readTags } from './tags.ts';

/** An event is on its way for so long: what changed later is left to it. */
const onTheWayMs = 3 * 60_000;

/**
 * Holds what is known of alarms against what CloudWatch says now, and takes in what no event told: EventBridge
 * delivers at least once, and a rule that somebody switched off delivers nothing.
 */
export async function reconcile(batch: Batch): Promise<void> {
  const { hands, fanout, log } = batch;
  const rows = new Map<string, AlarmRow>();
  for await (const row of readRows(hands.table)) rows.set(row.alert.key, row);
  const failures = new Failures();
  for (const pattern of [`nightshift-${hands.stage}-*`, ...hands.alarms.watch]) {
    for await (const alarm of describeAlarms(hands.cloudwatch, pattern)) {
      // What is wrong with this very way rings past it, whatever is watched.
      if (alarm.AlarmName?.startsWith(hands.names.besidePipe)) continue;
      if (!isUntold(alarm, rows, fanout.now())) continue;
      log.warn('No event told of this change of an alarm', {
        alarm: alarm.AlarmName,
        state: alarm.StateValue,
      });
      await failures.collect(() => takeDescribed(batch, alarm));
    }
  }
  failures.throwIfAny();
}

async function takeDescribed(batch: Batch, alarm: MetricAlarm | CompositeAlarm): Promise<void> {
  const body = JSON.stringify(alarmEventOf(alarm));
  for (const observed of normalise({ body, attributes: {}, sentAt: null })) {
    if (observed.kind !== 'alarm') continue;
    const alert = classify(observed, batch.hands, await readTags(batch.hands, observed, batch.log));
    await applyChange(batch.fanout, alert, await batch.facts());
  }
}

/** By the letters before the first `*`, which is what CloudWatch can look for. */
async function* describeAlarms(
  client: CloudWatchClient,
  pattern: string,
): AsyncGenerator<MetricAlarm | CompositeAlarm> {
  const AlarmNamePrefix = pattern.split('*')[0];
  const pages = paginateDescribeAlarms(
    { client },
    { AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], ...(AlarmNamePrefix ? { AlarmNamePrefix } : {}) },
  );
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) {
      if (matchesName([pattern], alarm.AlarmName ?? '')) yield alarm;
    }
  }
}

/** It is on and nobody knows, or people think that it is on and it is not. */
function isUntold(
  alarm: MetricAlarm | CompositeAlarm,
  rows: ReadonlyMap<string, AlarmRow>,
  now: Date,
): boolean {
  const changedAt = (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime();
  if (changedAt === undefined || now.getTime() - changedAt < onTheWayMs) return false;
  const row = rows.get(alarm.AlarmArn ?? '');
  if (row && Date.parse(row.alert.at) >= changedAt) return false;
  if (alarm.StateValue === 'ALARM') return row?.alert.state !== 'ALARM';
  return alarm.StateValue === 'OK' && row?.alert.state === 'ALARM' && !row.alert.momentary;
}
