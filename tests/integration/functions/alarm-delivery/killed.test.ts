import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queueArn } from '../../../../infra/local/aws/alarm-pipe.ts';
import {
  type RunningQueueFunction,
  startQueueFunction,
} from '../../../../infra/local/lambda/queue-function.ts';
import { alarms } from '../../../../shared/config/alarms.ts';
import { alarmPage } from '../../../support/alarm-pages.ts';
import { type FakeSink, type SlackTaken, startSlackWebhook } from '../../../support/alarm-sinks.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

/** The function in a process of its own, killed as a machine dies. */

let stage: AlarmStage;
let chat: FakeSink<SlackTaken>;
let delivery: RunningQueueFunction;
const log: string[] = [];
beforeAll(async () => {
  chat = await startSlackWebhook();
  const config = alarms.parse({
    sinks: { chat: { kind: 'slack', secret: 'nightshift/chat' } },
    routes: [{ to: ['chat'] }],
  });
  stage = await startAlarmStage(config, { visibilitySeconds: 4 });
  stage.stack.secrets.put({ name: 'nightshift/chat', value: chat.secret, region: 'us-west-1' });
  delivery = await startQueueFunction(
    {
      functionName: stage.names.functionName('alarm-delivery-chat'),
      handler: new URL('../../../../functions/alarm-delivery/handler.ts', import.meta.url).href,
      environment: { ...stage.environment, NIGHTSHIFT_SINK: 'chat' },
      queueUrl: await stage.queueUrl(stage.names.sinkQueue('chat')),
      queueArn: queueArn('us-west-1', stage.names.sinkQueue('chat')),
      batchSize: 10,
      timeoutMilliseconds: 3_000,
    },
    (line) => log.push(line),
  );
}, 60_000);
afterAll(async () => {
  await delivery?.stop();
  await stage?.stop();
  await chat?.stop();
});

async function put(id: string): Promise<void> {
  const page = { ...alarmPage, id, incident: `arn:${id}`, at: new Date().toISOString() };
  const QueueUrl = await stage.queueUrl(stage.names.sinkQueue('chat'));
  await stage.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(page) }));
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !isSo() && Date.now() < end; ) await sleep(20);
  expect(isSo()).toBe(true);
}

test('killed between the sending of a page and its being remembered, it sends it once more at most', async () => {
  chat.next({ kind: 'take and hang' });
  await put('killed');
  await until(() => chat.taken.length === 1);
  await delivery.kill();
  await until(() => chat.taken.length === 2);
  await until(() =>
    log.some((line) => line.includes('"PagesDelivered":[1]') || line.includes('"PagesDelivered":1')),
  );
  await put('after');
  await until(() => chat.taken.length === 3);
  // Time for a third one, had it not been remembered.
  await sleep(5_000);
  expect(chat.taken).toHaveLength(3);
}, 60_000);

test('its metrics are of its sink', () => {
  const line = log.find((entry) => entry.includes('PagesDelivered')) ?? '{}';
  expect(JSON.parse(line)).toMatchObject({
    service: 'alarm-delivery',
    Stage: 'test',
    Sink: 'chat',
    PagesDelivered: 1,
    DeliveryLatency: expect.any(Number),
  });
});
