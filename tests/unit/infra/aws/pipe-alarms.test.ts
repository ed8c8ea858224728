import { expect, jest, test } from '@jest/globals';
import { normalise } from '../../../../functions/alarm-fanout/normalise/normalise.ts';
import { alarmResources } from '../../../../infra/aws/alarms.ts';
import { pipeAlarmResources } from '../../../../infra/aws/pipe-alarms.ts';
import { scheduleResources, schedulerPolicy } from '../../../../infra/aws/schedules.ts';
import { subscriptionResources } from '../../../../infra/aws/subscriptions.ts';
import { publishMetrics } from '../../../../shared/job/metrics.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';

type Properties = Readonly<Record<string, unknown>>;

const topic = [{ Ref: 'AlertTopic' }];
const without = deployed({ shop: drilledInput });
const withPipe = (more: object = {}) =>
  deployed({ shop: drilledInput }, { alarms: { ...alarmsInput, ...more } });
const alertEmail = 'database-on-call@menotime.example';

function pipeAlarms(more: object = {}): Record<string, Properties> {
  return Object.fromEntries(
    Object.values(pipeAlarmResources(withPipe(more))).map(({ Properties }) => [
      String(Properties.AlarmName).replace('nightshift-test/', ''),
      Properties,
    ]),
  );
}

test('each queue rings when a message waits for too long, or is a dead letter', () => {
  const queues = ['alarms', ...Object.keys(alarmsInput.sinks).map((sink) => `sink-${sink}`)];
  const found = pipeAlarms({ fallbackAfterMinutes: 20, digest: { windowSeconds: 60 } });
  for (const queue of queues) {
    expect(found[`${queue}-waiting`]).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
    });
    expect(found[`${queue}-dead-letters`]).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  }
  // The closing of a digest waits for as long as its window.
  expect(found['alarms-waiting']?.Threshold).toBe((5 + 1) * 60);
  // By then the fallback knows.
  expect(found['sink-chat-waiting']?.Threshold).toBe((20 + 5) * 60);
});

test('each function rings for errors and throttles, but the one that fails with the database that it asks', () => {
  const functions = Object.values(pipeAlarms())
    .filter(({ Namespace }) => Namespace === 'AWS/Lambda')
    .map(({ MetricName, Dimensions }) => [
      (Dimensions as { Value: string }[])[0]?.Value.replace('nightshift-test-', ''),
      MetricName,
    ]);
  const all = [
    'alarm-fanout',
    'alarm-intake',
    ...Object.keys(alarmsInput.sinks).map((sink) => `sink-${sink}`),
  ];
  expect(functions).toEqual(
    all.flatMap((name) => [
      [name, 'Errors'],
      [name, 'Throttles'],
    ]),
  );
});

test('a heartbeat that did not reach a sink for 26 hours rings, by the dimensions that its metric has', async () => {
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  await publishMetrics({ job: 'alarm-delivery', stage: 'test', sink: 'chat' }, [
    { name: 'HeartbeatDelivered', unit: 'Count', value: 1 },
  ]);
  const line = JSON.parse(String(written.mock.calls.at(-1)?.[0]));
  written.mockRestore();
  const missed = pipeAlarms()['sink-chat-heartbeat-missed'];
  expect(missed).toMatchObject({
    Namespace: 'Nightshift',
    MetricName: 'HeartbeatDelivered',
    Period: 3_600,
    EvaluationPeriods: 26,
    TreatMissingData: 'breaching',
  });
  const dimensions = missed?.Dimensions as { Name: string; Value: string }[];
  const [names] = line._aws.CloudWatchMetrics[0].Dimensions;
  expect(dimensions.map(({ Name }) => Name).sort()).toEqual([...names].sort());
  for (const { Name, Value } of dimensions) expect(line[Name]).toBe(Value);
});

test('a mail that SNS hands to nobody rings, for an address that never confirmed takes every heartbeat', () => {
  const found = pipeAlarms();
  expect(Object.keys(found).filter((name) => name.endsWith('-unconfirmed'))).toEqual([
    'sink-mail-unconfirmed',
  ]);
  expect(found['sink-mail-unconfirmed']).toMatchObject({
    Namespace: 'AWS/SNS',
    MetricName: 'NumberOfNotificationsDelivered',
    Dimensions: [{ Name: 'TopicName', Value: 'nightshift-test-mail-mail' }],
    Period: 3_600,
    EvaluationPeriods: 26,
    TreatMissingData: 'breaching',
  });
});

test('a heartbeat that leaves out days is not watched for each day', () => {
  const found = Object.keys(pipeAlarms({ heartbeat: { schedule: 'cron(0 8 ? * MON-FRI *)' } }));
  expect(found.filter((name) => /-(heartbeat-missed|unconfirmed)$/.test(name))).toEqual([]);
});

test('they ring at the alert topic, past the pipe; of its own jobs nothing does any more', () => {
  const straight = Object.values(pipeAlarms());
  expect(straight.length).toBeGreaterThan(10);
  for (const { AlarmActions } of straight) expect(AlarmActions).toEqual(topic);
  for (const { Properties } of Object.values(alarmResources(withPipe()))) {
    expect([Properties.AlarmName, Properties.AlarmActions, Properties.OKActions]).toEqual([
      Properties.AlarmName,
      undefined,
      undefined,
    ]);
  }
});

test('without a pipe there are none of its alarms, and those of the jobs ring at the topic', () => {
  expect(pipeAlarmResources(without)).toEqual({});
  const alarms = Object.values(alarmResources(without));
  expect(alarms.length).toBeGreaterThan(3);
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual(topic);
});

test('tick and heartbeat come to the queue as alarm-fanout understands them', () => {
  const { AlarmScheduleTick: tick, AlarmScheduleHeartbeat: heartbeat } = scheduleResources(
    withPipe({ heartbeat: { schedule: 'cron(0 7 * * ? *)' } }),
  );
  expect(tick?.Properties.ScheduleExpression).toBe('rate(5 minutes)');
  expect(heartbeat?.Properties.ScheduleExpression).toBe('cron(0 7 * * ? *)');
  for (const [trigger, schedule] of Object.entries({ tick, heartbeat })) {
    const target = schedule?.Properties.Target as { Arn: unknown; Input: string; DeadLetterConfig: unknown };
    expect(target.Arn).toEqual({ 'Fn::GetAtt': ['AlarmQueue', 'Arn'] });
    expect(target.DeadLetterConfig).toEqual({ Arn: { 'Fn::GetAtt': ['AlarmDeadLetters', 'Arn'] } });
    const body = target.Input.replace('<aws.scheduler.scheduled-time>', '2026-01-02T08:00:00Z');
    expect(normalise({ body, attributes: {}, sentAt: null })).toMatchObject([{ kind: 'trigger', trigger }]);
  }
  expect(Object.keys(scheduleResources(without)).filter((id) => id.startsWith('Alarm'))).toEqual([]);
});

test('schedules may write to the queues that they are given, and to no other', () => {
  const queues = (policy: ReturnType<typeof schedulerPolicy>) =>
    policy.PolicyDocument.Statement.filter(({ Action }) => Action === 'sqs:SendMessage').flatMap(
      ({ Resource }) => JSON.stringify(Resource).match(/\w+(?=","Arn")/g) ?? [],
    );
  expect(queues(schedulerPolicy(withPipe()))).toEqual(['AlarmQueue', 'Undelivered', 'AlarmDeadLetters']);
  expect(queues(schedulerPolicy(without))).toEqual(['Undelivered']);
});

test('the alert topic’s mail has no filter: what is wrong with the pipe comes without attributes, and would pass none', () => {
  for (const deployment of [without, withPipe()]) {
    const { AlertEmail } = subscriptionResources({
      ...deployment,
      config: { ...deployment.config, alertEmail },
    });
    expect(AlertEmail?.Properties).toEqual({
      TopicArn: { Ref: 'AlertTopic' },
      Protocol: 'email',
      Endpoint: alertEmail,
    });
  }
});
