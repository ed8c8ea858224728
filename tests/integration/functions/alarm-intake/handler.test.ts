import { readFile } from 'node:fs/promises';
import { DeleteQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { handler } from '../../../../functions/alarm-intake/handler.ts';
import { alarms } from '../../../../shared/config/alarms.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';

let stage: AlarmStage;
beforeAll(async () => {
  stage = await startAlarmStage(alarms.parse(alarmsInput));
  Object.assign(process.env, stage.environment);
}, 60_000);
afterAll(() => stage?.stop());

const context = { awsRequestId: 'one', functionName: 'alarm-intake' } as Context;
const take = (event: unknown) => Promise.resolve(handler(event, context));
const sample = async (name: string) =>
  JSON.parse(await readFile(`events/alarm-fanout.${name}.json`, 'utf8')) as Record<string, unknown>;

async function onTheQueue(): Promise<unknown[]> {
  const QueueUrl = await stage.queueUrl(stage.names.alarmQueue);
  const { Messages = [] } = await stage.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  );
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}

test('what no alarm sends is refused, and puts nothing on the queue', async () => {
  const event = await sample('action-metric');
  for (const other of [
    null,
    {},
    { ...event, source: 'aws.rds' },
    { ...event, alarmArn: 'arn:aws:sns:::a' },
  ]) {
    await expect(take(other)).rejects.toThrow(/alarm-intake is the action of a CloudWatch alarm/);
  }
  expect(await onTheQueue()).toEqual([]);
});

test.each(['action-metric', 'action-composite-released'])('%s lies on the queue as it came', async (name) => {
  const event = await sample(name);
  await take(event);
  expect(await onTheQueue()).toContainEqual(event);
});

test('where the queue does not take it, it throws, so that Lambda gives it again', async () => {
  await stage.sqs.send(new DeleteQueueCommand({ QueueUrl: await stage.queueUrl(stage.names.alarmQueue) }));
  await expect(take(await sample('action-metric'))).rejects.toThrow(/queue/i);
});
