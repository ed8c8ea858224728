import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readRow } from '../../../../functions/alarm-fanout/alarm-table.ts';
import { applyObserved } from '../../../../functions/alarm-fanout/apply-observed.ts';
import type { Batch } from '../../../../functions/alarm-fanout/batch.ts';
import { noteInhibitor, readInhibitors } from '../../../../functions/alarm-fanout/inhibitors.ts';
import { reconcile } from '../../../../functions/alarm-fanout/reconcile.ts';
import { readSilences } from '../../../../functions/alarm-fanout/silences.ts';
import { takeRecord } from '../../../../functions/alarm-fanout/take-record.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import { alarmNamed, alarmsConfig } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

/** What CloudWatch says of alarms, against what is known of them: events stay out, and alarms are deleted. */

const region = 'us-west-1';
const config = alarmsConfig({
  watch: ['seen-*'],
  digest: { windowSeconds: 1, pagesBefore: 1_000 },
  inhibit: [{ when: ['seen-down'], hides: ['seen-hidden'] }],
  routes: [{ to: ['chat'] }],
});
const now = new Date('2026-11-21T10:00:00Z');

let stage: AlarmStage;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  stage = await startAlarmStage(config);
  cloudwatch = new CloudWatchClient({
    region,
    endpoint: stage.stack.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}, 60_000);
afterAll(async () => {
  cloudwatch.destroy();
  await stage.stop();
});
afterEach(async () => {
  stage.stack.gateway.faults.clear();
  await stage.takePages('chat');
});

function batchAt(at = now): Batch {
  const { table } = stage.fanout;
  const hands = {
    stage: 'test',
    config: stage.stageConfig,
    names: stage.names,
    alarms: config,
    table,
    cloudwatch,
  };
  return {
    hands: hands as unknown as Batch['hands'],
    fanout: { ...stage.fanout, now: () => at },
    log: { info: jest.fn(), warn: jest.fn(), error: jest.fn() } as unknown as Batch['log'],
    measure: () => undefined,
    onceEach: (_change, work) => work(),
    facts: async () => ({
      config,
      inhibitors: await readInhibitors(table),
      silences: await readSilences(table, at),
      changesOf: () => [],
    }),
  };
}

const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

function described(name: string, StateValue: 'ALARM' | 'OK', minutes: number): MetricAlarm {
  return {
    AlarmName: name,
    AlarmArn: alarmNamed(name).key,
    StateValue,
    StateTransitionedTimestamp: minutesAgo(minutes),
    Namespace: 'AWS/RDS',
    MetricName: 'CPUUtilization',
    Period: 60,
    Statistic: 'Average',
  };
}

const set = (metric: readonly MetricAlarm[], composite: readonly CompositeAlarm[] = []) =>
  stage.stack.cloudwatch.setAlarms(region, { metric, composite });
const known = (name: string, minutes: number, more: Partial<Alert> = {}) =>
  applyObserved(
    batchAt(minutesAgo(minutes)),
    alarmNamed(name, { at: minutesAgo(minutes).toISOString(), ...more }),
  );
const told = async () =>
  (await stage.takePages('chat')).map(({ kind, alerts }) => `${kind} ${alerts[0]?.name}`).sort();

describe('an event that stayed out', () => {
  const on = described('seen-on', 'ALARM', 10);

  test('is made up for: of an alarm, and of a recovery', async () => {
    await known('seen-over', 30);
    await told();
    set([on, described('seen-over', 'OK', 10)]);
    await reconcile(batchAt());
    expect(await told()).toEqual(['alarm seen-on', 'recovery seen-over']);
    await reconcile(batchAt());
    expect(await told()).toEqual([]);
  });

  test('may be on its way still, and what is older than what is known says nothing', async () => {
    await known('seen-newer', 5);
    await told();
    set([
      on,
      described('seen-soon', 'ALARM', 2),
      described('seen-newer', 'OK', 6),
      described('other', 'ALARM', 9),
    ]);
    await reconcile(batchAt());
    expect(await told()).toEqual([]);
  });

  test('of one that explained others ends that too', async () => {
    await known('seen-down', 30);
    await known('seen-hidden', 29);
    expect(await told()).toEqual(['alarm seen-down']);
    set([described('seen-down', 'OK', 10), described('seen-hidden', 'ALARM', 29)]);
    await reconcile(batchAt());
    expect(await readInhibitors(stage.fanout.table)).toEqual([]);
  });
});

describe('an alarm that was deleted while it was on', () => {
  test('is over, where CloudWatch does not know it any more', async () => {
    await known('seen-deleted', 30);
    await known('seen-there', 30);
    await known('elsewhere', 30);
    await told();
    set([described('seen-there', 'ALARM', 30)]);
    await reconcile(batchAt());
    expect(await told()).toEqual(['recovery seen-deleted']);
    const { row } = await readRow(stage.fanout.table, alarmNamed('seen-deleted').key);
    expect(row).toMatchObject({ onSince: null, alert: { summary: 'seen-deleted: the alarm was deleted' } });
  });

  test('is left as it is while its event may be on the way, or it is of another region', async () => {
    await known('seen-young', 2);
    await known('seen-far', 30, {
      region: 'eu-west-1',
      key: alarmNamed('seen-far').key.replace(region, 'eu-west-1'),
    });
    await told();
    set([described('seen-there', 'ALARM', 30)]);
    await reconcile(batchAt());
    expect(await told()).toEqual([]);
  });
});

test('a composite alarm is told when nothing suppresses it any longer', async () => {
  const name = 'seen-composite';
  const composite: CompositeAlarm = {
    AlarmName: name,
    AlarmArn: alarmNamed(name).key,
    AlarmRule: 'ALARM("seen-x")',
    StateValue: 'ALARM',
    StateTransitionedTimestamp: minutesAgo(30),
  };
  await known(name, 30, { quiet: { by: 'Alarm', until: null } });
  const keep = [described('seen-there', 'ALARM', 30)];
  set(keep, [{ ...composite, ActionsSuppressedBy: 'Alarm' }]);
  await reconcile(batchAt());
  expect(await told()).toEqual([]);
  set(keep, [composite]);
  await reconcile(batchAt());
  expect(await told()).toEqual([`alarm ${name}`]);
});

test('a tick tells what is due also where CloudWatch does not answer, and fails all the same', async () => {
  const silenced = { until: minutesAgo(1).toISOString(), by: 'a mute rule' };
  await known('seen-held', 30, { quiet: silenced });
  expect(await told()).toEqual([]);
  stage.stack.gateway.faults.order({
    service: 'monitoring',
    action: 'DescribeAlarms',
    effect: { kind: 'throttle' },
  });
  const record = { messageId: 'm', body: '{"trigger":"tick"}', attributes: {}, messageAttributes: {} };
  await expect(takeRecord(record as never, batchAt())).rejects.toThrow('Rate exceeded');
  expect(await told()).toEqual(['alarm seen-held']);
});

describe('what explains others', () => {
  const { key } = alarmNamed('order');
  const note = (state: Alert['state'], minutes: number) =>
    noteInhibitor(
      stage.fanout.table,
      alarmNamed('order', { state, at: minutesAgo(minutes).toISOString(), children: ['c'] }),
      now,
    );
  const isOn = async () => (await readInhibitors(stage.fanout.table)).some((one) => one.key === key);

  test('is known by its newest state, in whichever order they come', async () => {
    await note('OK', 10);
    await note('ALARM', 20);
    expect(await isOn()).toBe(false);
    await note('ALARM', 5);
    expect(await isOn()).toBe(true);
    await note('OK', 7);
    expect(await isOn()).toBe(true);
    await note('OK', 4);
    expect(await isOn()).toBe(false);
  });
});
