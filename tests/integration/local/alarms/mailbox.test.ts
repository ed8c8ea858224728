import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Mailbox, openMailbox } from '../../../../infra/local/alarms/mailbox.ts';
import type { SinkMessage } from '../../../../infra/local/alarms/sink-server.ts';
import { alarmsConfig } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

const topicArn = 'arn:aws:sns:us-west-1:111122223333:operations';
let stage: AlarmStage;
let mailbox: Mailbox;
const came: SinkMessage[] = [];
const failed: string[] = [];

beforeAll(async () => {
  stage = await startAlarmStage(
    alarmsConfig({
      sinks: {
        mail: { kind: 'email', address: 'a@example.org' },
        topic: { kind: 'sns', topicArn },
        chat: { kind: 'slack', secret: 'chat' },
      },
      routes: [{ to: ['mail'] }],
    }),
  );
  const { stack, names, stageConfig: config } = stage;
  mailbox = await openMailbox(
    { endpoint: stack.endpoint, names, config },
    (message) => came.push(message),
    (said) => failed.push(said),
  );
});
afterAll(async () => {
  await mailbox?.stop();
  await stage?.stop();
  expect(failed).toEqual([]);
});

test('what is published for a sink of e-mail or SNS is shown as its subscriber gets it', async () => {
  const sns = new SNSClient({
    region: 'us-west-1',
    endpoint: stage.stack.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  for (const [TopicArn, Subject] of [
    [stage.names.mailTopicArn('mail'), 'CRITICAL: one'],
    [topicArn, 'Over: two'],
  ] as const)
    await sns.send(new PublishCommand({ TopicArn, Subject, Message: `${Subject}\n\nin full` }));
  for (const end = Date.now() + 10_000; came.length < 2 && Date.now() < end; )
    await new Promise((done) => setTimeout(done, 50));
  sns.destroy();
  expect([...came].sort((one, other) => one.sink.localeCompare(other.sink))).toEqual([
    {
      sink: 'mail',
      kind: 'email',
      at: expect.any(String),
      body: { subject: 'CRITICAL: one', text: 'CRITICAL: one\n\nin full' },
    },
    {
      sink: 'topic',
      kind: 'sns',
      at: expect.any(String),
      body: { subject: 'Over: two', text: 'Over: two\n\nin full' },
    },
  ]);
});
