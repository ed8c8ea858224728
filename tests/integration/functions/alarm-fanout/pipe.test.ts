import { readFile } from 'node:fs/promises';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { queueArn } from '../../../../infra/local/aws/alarm-pipe.ts';
import {
  type RunningQueueFunction,
  startQueueFunction,
} from '../../../../infra/local/lambda/queue-function.ts';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmsConfig } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';

/** The function in a process of its own, on its real queue. */

const config = alarmsConfig({ digest: { windowSeconds: 1, pagesBefore: 1_000 }, context: { withinMs: 300 } });

let stage: AlarmStage;
let fanout: RunningQueueFunction;
const log: string[] = [];

beforeAll(async () => {
  stage = await startAlarmStage(config, { visibilitySeconds: 4 });
  fanout = await startQueueFunction(
    {
      functionName: stage.names.functionName('alarm-fanout'),
      handler: new URL('../../../../functions/alarm-fanout/handler.ts', import.meta.url).href,
      environment: stage.environment,
      queueUrl: await stage.queueUrl(stage.names.alarmQueue),
      queueArn: queueArn('us-west-1', stage.names.alarmQueue),
      batchSize: 10,
      timeoutMilliseconds: 3_000,
    },
    (line) => log.push(line),
  );
}, 60_000);
afterAll(async () => {
  await fanout.stop();
  await stage.stop();
});

async function put(body: unknown): Promise<void> {
  const MessageBody = typeof body === 'string' ? body : JSON.stringify(body);
  const QueueUrl = await stage.queueUrl(stage.names.alarmQueue);
  await stage.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
}

async function pagesWithin(sink: string, count: number, seconds = 15): Promise<Page[]> {
  const pages: Page[] = [];
  for (const until = Date.now() + seconds * 1_000; pages.length < count && Date.now() < until; ) {
    pages.push(...(await stage.takePages(sink)));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return pages;
}

interface AlarmEvent {
  readonly detail: { readonly alarmName: string; readonly state: object };
  readonly resources: readonly string[];
}

async function alarmEvent(name: string, state: object): Promise<AlarmEvent> {
  const text = await readFile('events/alarm-fanout.eventbridge-metric.json', 'utf8');
  const event = JSON.parse(text.replaceAll(/alarm:[\w-]+"/g, `alarm:${name}"`)) as AlarmEvent;
  return {
    ...event,
    detail: { ...event.detail, alarmName: name, state: { ...event.detail.state, ...state } },
  };
}

test('an alarm and its recovery become pages, whatever else lies on the queue', async () => {
  await put('{"this is": "no alarm"}');
  await put(await alarmEvent('on-and-over', { value: 'ALARM', timestamp: '2026-11-21T10:00:00.000+0000' }));
  const [page] = await pagesWithin('chat', 1);
  expect(page).toMatchObject({ kind: 'alarm', effect: 'opens', alerts: [{ name: 'on-and-over' }] });
  expect(page?.context).toMatchObject({ commands: expect.any(Array), missing: expect.any(Array) });
  await put(await alarmEvent('on-and-over', { value: 'OK', timestamp: '2026-11-21T10:05:00.000+0000' }));
  const [over] = await pagesWithin('chat', 1);
  expect(over).toMatchObject({ kind: 'recovery', effect: 'resolves', incident: page?.incident });
  const { Messages = [] } = await stage.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: await stage.queueUrl(stage.names.alarmDeadLetters),
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 5,
    }),
  );
  expect(Messages).toMatchObject([
    {
      Body: '{"this is": "no alarm"}',
      MessageAttributes: { refusal: { StringValue: expect.stringContaining('alarm-fanout') } },
    },
  ]);
});

test('a heartbeat reaches every sink, and a test the one that it is for', async () => {
  await put({ trigger: 'heartbeat', scheduledTime: '2026-11-21T08:00:00Z' });
  expect(await pagesWithin('chat', 1)).toMatchObject([{ kind: 'heartbeat', effect: 'none' }]);
  expect(await pagesWithin('pager', 1)).toMatchObject([{ kind: 'heartbeat', effect: 'none' }]);
  await put({ trigger: 'test', sink: 'pager' });
  expect(await pagesWithin('pager', 1)).toMatchObject([{ kind: 'test', sinks: ['pager'] }]);
  expect(await stage.takePages('chat')).toEqual([]);
});

test('the process is killed in the middle, and each alarm is told', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `killed-${index}`);
  for (const name of names)
    await put(await alarmEvent(name, { value: 'ALARM', timestamp: '2026-11-21T11:00:00.000+0000' }));
  await new Promise((resolve) => setTimeout(resolve, 60));
  await fanout.kill();
  const told = new Set<string>();
  for (const until = Date.now() + 40_000; told.size < names.length && Date.now() < until; ) {
    for (const page of await pagesWithin('chat', 1, 1)) {
      for (const { name } of page.alerts) told.add(name);
    }
  }
  expect([...told].sort()).toEqual([...names].sort());
}, 60_000);
