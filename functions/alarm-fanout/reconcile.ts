import {
  type CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { Failures } from '../../shared/job/failures.ts';
import type { AlarmRow } from './alarm-row.ts';
import { readRows } from './alarm-table.ts';
import { applyObserved } from './apply-observed.ts';
import type { Batch } from './batch.ts';
import { classify } from './classify.ts';
import { alarmEventOf, deletionEventOf } from './described-alarm.ts';
import { noteInhibitor, readInhibitors } from './inhibitors.ts';
import { matchesName } from './matches.ts';
import { normalise } from './normalise/normalise.ts';
import { readTags } from './tags.ts';
import { type GoneAlarm, goneAlarm, isUntold } from './untold.ts';

type Rows = ReadonlyMap<string, AlarmRow>;

/**
 * Holds what is known of alarms against what CloudWatch says now, and takes in what no event told: EventBridge
 * delivers at least once, and a rule that somebody switched off delivers nothing.
 */
export async function reconcile(batch: Batch): Promise<void> {
  const { hands, fanout } = batch;
  const rows = new Map<string, AlarmRow>();
  for await (const row of readRows(hands.table)) rows.set(row.alert.key, row);
  const failures = new Failures();
  const patterns = [`nightshift-${hands.stage}-*`, ...hands.alarms.watch];
  const seen = new Set<string>();
  for (const pattern of patterns) {
    for await (const alarm of describeAlarms(hands.cloudwatch, pattern)) {
      seen.add(alarm.AlarmArn ?? '');
      // What is wrong with this very way rings past it, whatever is watched.
      if (alarm.AlarmName?.startsWith(hands.names.besidePipe)) continue;
      const row = rows.get(alarm.AlarmArn ?? '');
      if (!isUntold(alarm, row, { ...hands.alarms, now: fanout.now() })) continue;
      await failures.collect(() => takeDescribed(batch, alarm));
    }
  }
  const { account, region } = hands.config;
  for (const row of rows.values()) {
    const gone = goneAlarm(row, { account, region, patterns, seen, now: fanout.now() });
    if (gone) await failures.collect(() => takeGone(batch, gone));
  }
  await failures.collect(() => correctInhibitors(batch, rows));
  failures.throwIfAny();
}

async function takeDescribed(batch: Batch, alarm: MetricAlarm | CompositeAlarm): Promise<void> {
  const { AlarmName, StateValue } = alarm;
  batch.log.warn('No event told of this change of an alarm', { alarm: AlarmName, state: StateValue });
  await takeEvent(batch, alarmEventOf(alarm));
}

/** Somebody deleted it while it was on. An answer in pages may leave out what changes meanwhile: it is asked for once more. */
async function takeGone(batch: Batch, gone: GoneAlarm): Promise<void> {
  const { MetricAlarms = [], CompositeAlarms = [] } = await batch.hands.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [gone.name], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }),
  );
  if (MetricAlarms.length + CompositeAlarms.length > 0) return;
  batch.log.warn('No event told that this alarm was deleted while it was on', { alarm: gone.name });
  await takeEvent(batch, deletionEventOf(gone, batch.fanout.now()));
}

async function takeEvent(batch: Batch, event: object): Promise<void> {
  for (const observed of normalise({ body: JSON.stringify(event), attributes: {}, sentAt: null })) {
    if (observed.kind !== 'alarm') continue;
    const tags = observed.deleted ? {} : await readTags(batch.hands, observed, batch.log);
    await applyObserved(batch, classify(observed, batch.hands, tags));
  }
}

/** One that is over explains nothing, also where the config did not name it at the time. */
async function correctInhibitors({ hands: { table }, fanout }: Batch, rows: Rows): Promise<void> {
  for (const { key } of await readInhibitors(table)) {
    const alert = rows.get(key)?.alert;
    if (alert?.state === 'OK') await noteInhibitor(table, alert, fanout.now());
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
