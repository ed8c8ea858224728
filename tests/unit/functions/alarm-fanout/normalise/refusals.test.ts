import { expect, test } from '@jest/globals';
import { normalise } from '../../../../../functions/alarm-fanout/normalise/normalise.ts';
import { queuedMessages } from '../../../../../functions/alarm-fanout/normalise/queued-message.ts';
import { EventRefusedError } from '../../../../../shared/job/errors.ts';
import { alertsOf, sample } from '../../../../support/alarm-samples.ts';

const read = (raw: unknown) => queuedMessages(raw).flatMap(normalise);
const metric = sample('eventbridge-metric') as { detail: object };
const sns = sample('sns-metric') as object;
const rds = sample('rds-0087-stopped') as object;

test.each<[string, unknown, RegExp]>([
  ['text', 'hello', /it is no JSON object, and has no attributes of a run/],
  ['a list', [1], /it is no JSON object/],
  ['an empty object', {}, /nothing in it says what it is/],
  ['another source', { source: 'aws.ec2', detail: {} }, /neither aws\.cloudwatch nor aws\.rds/],
  ['another event of CloudWatch', { ...metric, 'detail-type': 'x' }, /none of its events about alarms/],
  ['an alarm without a state', { ...metric, detail: { alarmName: 'cpu' } }, /- detail\.state: /],
  ['a state that there is not', { ...sns, NewStateValue: 'FINE' }, /- NewStateValue: /],
  ['a time that is none', { ...sns, StateChangeTime: 'now' }, /- StateChangeTime: expected a time, such as/],
  ['an alarm without its ARN', { ...sns, AlarmArn: 'cpu' }, /- AlarmArn: is no ARN of an alarm/],
  [
    'the console’s test of a function',
    { ...(sample('action-metric') as object), alarmArn: 'test-alarm' },
    /- alarmArn: is no ARN of an alarm/,
  ],
  ['an RDS event of nothing', { ...rds, detail: { Message: 'x' } }, /- detail\.SourceIdentifier: /],
  [
    'an RDS event of no account',
    { ...(sample('rds-subscription-0087-stopped') as object), 'Source ARN': 'x' },
    /- Source ARN: is missing/,
  ],
  ['a trigger that there is not', { trigger: 'reboot' }, /as a trigger it has faults:\n {2}- trigger: /],
  ['a heartbeat without its time', { trigger: 'heartbeat' }, /- scheduledTime: /],
  ['a tick with more than it has', { trigger: 'tick', sink: 'chat' }, /Unrecognized key: "sink"/],
  [
    'a digest of nobody',
    { trigger: 'digest', sink: '__proto__', windowId: 'x' },
    /- sink: the name of a sink/,
  ],
  ['no records', { Records: [] }, /- Records: /],
  [
    'a subscription that waits for its confirmation',
    { Type: 'SubscriptionConfirmation', TopicArn: 'arn:aws:sns:us-west-1:111122223333:x', Token: 't' },
    /SNS asks whether the queue may be subscribed/,
  ],
])('%s is refused', (_, raw, fault) => {
  expect(() => read(raw)).toThrow(EventRefusedError);
  expect(() => read(raw)).toThrow(fault);
  expect(() => read(raw)).toThrow(/^This message cannot be read: .*alarm-fanout reads from its queue:/s);
});

function wrapped(message: unknown, times: number): unknown {
  const envelope = {
    Type: 'Notification',
    TopicArn: 'arn:aws:sns:us-west-1:111122223333:x',
    Message: JSON.stringify(message),
  };
  return times === 0 ? message : wrapped(envelope, times - 1);
}

test('a topic may feed another, but not without end', () => {
  expect(alertsOf(wrapped(sns, 3))).toEqual(alertsOf(sns));
  expect(() => read(wrapped(sns, 6))).toThrow(/in more than 4 envelopes/);
});

test.each([
  { job: '../x', status: 'failed' },
  { job: 'snapshot-export', status: 'asleep' },
])('a message of a run with the attributes %j is refused', (attributes) => {
  const message = { body: 'text', attributes, sentAt: '2026-01-02T17:04:41.100Z' };
  expect(() => normalise(message)).toThrow(/as a message of a run, by its attributes, it has faults/);
});

test('a message of a run that nobody dates is refused', () => {
  const attributes = { job: 'snapshot-export', status: 'failed' };
  expect(() => normalise({ body: 'text', attributes, sentAt: null })).toThrow(/lacks the time/);
});

test('what an alarm can be told without is not held against it', () => {
  const detail = { ...metric.detail, configuration: { metrics: 'none', description: 5 }, muteDetail: 'x' };
  const [alert] = alertsOf({ ...metric, detail });
  expect(alert).toMatchObject({
    name: 'nightshift-prod-menotime-cpu',
    state: 'ALARM',
    metric: null,
    quiet: null,
  });
});

test('a band is no limit, whatever else the alarm says', () => {
  const anomaly = sample('sns-anomaly') as { Trigger: object };
  expect(alertsOf({ ...anomaly, Trigger: { ...anomaly.Trigger, Threshold: 0 } })).toEqual(alertsOf(anomaly));
});
