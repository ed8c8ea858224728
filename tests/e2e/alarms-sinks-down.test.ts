import { setTimeout as sleep } from 'node:timers/promises';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { queueArn } from '../../infra/local/aws/alarm-pipe.ts';
import {
  changeOf,
  type Times,
  takeBuried,
  takenByChat,
  takenByPager,
  toldInsteadOf,
} from '../support/alarm-account.ts';
import { rounds } from '../support/long-runs.ts';
import { type MovedClock, movedClock } from '../support/moved-clock.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/** Sinks that refuse every connection for an hour: time is moved, for the queues, the tables and the functions alike. */

const alarms = rounds(4, 300);
const minuteMs = 60_000;
/** Time is moved by so much, once nobody is at work. */
const stepMs = rounds(5, 1) * minuteMs;
const fallbackAfterMinutes = 10;
const sinks = ['chat', 'pager'] as const;

let clock: MovedClock;
let pipe: WholePipe;
/** The messages that are asked for now, and since when; a poll takes a second at most. */
const polls = new Map<object, number>();
const longestPollMs = 1_000;
const pollersOfEach = 5;

beforeAll(async () => {
  clock = movedClock();
  pipe = await startWholePipe({
    alarms: {
      digest: { windowSeconds: 1, pagesBefore: 1_000_000 },
      context: { withinMs: 0 },
      fallbackAfterMinutes,
    },
    visibilitySeconds: 60,
    environment: clock.environment,
  });
  pipe.stage.stack.gateway.onCall((moment, call) => {
    if (call.action !== 'ReceiveMessage') return;
    if (moment === 'before') polls.set(call, performance.now());
    else polls.delete(call);
  });
}, 120_000);
afterAll(async () => {
  await pipe?.stop();
  clock.stop();
});

/** Every poller of every function waits for a message, and goes on doing so: what is not done waits for its time. */
async function quiet(): Promise<void> {
  for (let waited = 0; waited < 3; ) {
    await sleep(100);
    const since = performance.now() - 2 * longestPollMs;
    const waiting = [...polls.values()].filter((at) => at > since).length;
    waited = waiting === pipe.functions.size * pollersOfEach ? waited + 1 : 0;
  }
}

/** Moves time on by so much, a step after the other. */
async function pass(minutes: number, each: () => void = () => undefined): Promise<void> {
  for (const end = clock.movedMs + minutes * minuteMs; clock.movedMs < end; ) {
    clock.move(Math.min(stepMs, end - clock.movedMs));
    await quiet();
    each();
  }
}

const nameOf = (storm: string) => (index: number) => `${storm}-${String(index).padStart(3, '0')}`;
const namesOf = (storm: string) => Array.from({ length: alarms }, (_, index) => nameOf(storm)(index));

async function tell(names: readonly string[], state: 'ALARM' | 'OK'): Promise<void> {
  await pipe.put(names.map((name) => alarmEvent(name, state, new Date())));
  await quiet();
}

const missing = (times: Times, names: readonly string[], ...states: ('ALARM' | 'OK')[]) =>
  names
    .flatMap((name) => states.map((state) => changeOf(name, state)))
    .filter((change) => !times.has(change));

const waiting = async () => {
  const { alarmQueue, sinkQueue } = pipe.stage.names;
  const queues = [alarmQueue, ...[...sinks, 'fallback'].map(sinkQueue)];
  const counts = await Promise.all(queues.map((queue) => pipe.count(queue)));
  return counts.reduce((sum, count) => sum + count, 0);
};

/** Until every page has come where it belongs; for no longer than a day. */
async function untilDelivered(): Promise<void> {
  for (const end = clock.movedMs + 24 * 60 * minuteMs; (await waiting()) > 0 && clock.movedMs < end; )
    await pass(stepMs / minuteMs);
}

/** What both sinks have in the end: every change, and no incident that is open; and nothing among the dead letters. */
async function expectAllDelivered(names: readonly string[]): Promise<void> {
  expect(missing(takenByChat(pipe.chat.taken), names, 'ALARM', 'OK')).toEqual([]);
  expect(missing(takenByPager(pipe.pager.taken), names, 'ALARM', 'OK')).toEqual([]);
  expect([...pipe.pager.incidents.values()].filter(({ isOpen }) => isOpen)).toEqual([]);
  for (const sink of [...sinks, 'fallback'])
    expect((await takeBuried(pipe.stage, sink)).times).toEqual(new Map());
  expect([pipe.chat.faults, pipe.pager.faults, pipe.fallback.faults]).toEqual([[], [], []]);
}

describe('an hour', () => {
  test('without two sinks: the fallback hears of each page in time, and they get them all when they are back', async () => {
    const names = namesOf('hour');
    for (const sink of sinks) pipe[sink].down(true);
    const began = clock.movedMs;
    await tell(names, 'ALARM');
    expect(pipe.fallback.taken).toEqual([]);
    let toldAfterMs = 0;
    await pass(30, () => {
      const untold = sinks.flatMap((sink) =>
        missing(toldInsteadOf(sink, pipe.fallback.taken), names, 'ALARM'),
      );
      if (untold.length > 0) toldAfterMs = clock.movedMs + stepMs - began;
    });
    await pipe.functions.get('chat')?.[0]?.kill();
    await tell(names, 'OK');
    await pass(30);
    expect([pipe.chat.taken, pipe.pager.taken]).toEqual([[], []]);
    for (const sink of sinks) {
      const told = toldInsteadOf(sink, pipe.fallback.taken);
      expect(missing(told, names, 'ALARM', 'OK')).toEqual([]);
      expect([...told.values()].every((times) => times === 1)).toBe(true);
    }
    expect(toldAfterMs).toBeLessThanOrEqual(fallbackAfterMinutes * minuteMs + stepMs);
    const held = await waiting();
    for (const sink of sinks) pipe[sink].down(false);
    await untilDelivered();
    process.stderr.write(
      `${alarms} alarms, two sinks down for an hour: ${pipe.fallback.taken.length} messages to the fallback, the last alarm within ${toldAfterMs / minuteMs} minutes; ${held} pages waited, and none is left after ${(clock.movedMs - began) / minuteMs} minutes.\n`,
    );
    await expectAllDelivered(names);
  }, 240_000);

  test('without any sink: the alert topic hears of each page, and they get them all when they are back', async () => {
    const names = namesOf('nobody');
    const people = await subscribePeople();
    for (const sink of [...sinks, 'fallback'] as const) pipe[sink].down(true);
    const before = pipe.fallback.taken.length;
    await tell(names, 'ALARM');
    await pass(30);
    await tell(names, 'OK');
    await pass(30);
    expect(pipe.fallback.taken.length).toBe(before);
    const told = (await people()).join('\n');
    expect(names.filter((name) => !told.includes(name))).toEqual([]);
    for (const sink of [...sinks, 'fallback'] as const) pipe[sink].down(false);
    await untilDelivered();
    for (const sink of sinks)
      expect(missing(toldInsteadOf(sink, pipe.fallback.taken), names, 'ALARM', 'OK')).toEqual([]);
    await expectAllDelivered(names);
  }, 240_000);
});

/** Subscribes to the alert topic; answers how to read what came since. */
async function subscribePeople(): Promise<() => Promise<string[]>> {
  const { sqs, fanout, names, queueUrl } = pipe.stage;
  await sqs.send(new CreateQueueCommand({ QueueName: 'people' }));
  await fanout.sns.send(
    new SubscribeCommand({
      TopicArn: names.alertTopicArn,
      Protocol: 'sqs',
      Endpoint: queueArn('us-west-1', 'people'),
    }),
  );
  const QueueUrl = await queueUrl('people');
  return async () => {
    const told: string[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3_600 }),
      );
      if (Messages.length === 0) return told;
      told.push(...Messages.map(({ Body = '' }) => Body));
    }
  };
}
