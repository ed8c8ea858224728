import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Page } from '../../shared/alarm/page.ts';
import type { PagerDutyTaken, SlackTaken, WebhookTaken } from './alarm-sinks.ts';
import type { AlarmStage } from './alarm-stage.ts';

/** How often each change was accepted somewhere: `<alarm> ALARM` or `<alarm> OK` to times. Of pages about one alarm. */
export type Times = ReadonlyMap<string, number>;

type Change = readonly [alarm: string, state: 'ALARM' | 'OK'];

function timesOf(changes: readonly Change[]): Times {
  const times = new Map<string, number>();
  for (const [alarm, state] of changes) {
    const change = changeOf(alarm, state);
    times.set(change, (times.get(change) ?? 0) + 1);
  }
  return times;
}

export const changeOf = (alarm: string, state: Change[1]) => `${alarm} ${state}`;

/** By the titles `WARNING: <alarm>` and `Over: <alarm>`. */
export function takenByChat(taken: readonly Pick<SlackTaken, 'text'>[]): Times {
  return timesOf(
    taken.map(({ text }) => {
      const [, word, alarm = text] = /^(\w+): ([\w-]+)/.exec(text) ?? [];
      return [alarm, word === 'Over' ? 'OK' : 'ALARM'];
    }),
  );
}

/** By the key, whose end is the alarm's name. */
export function takenByPager(taken: readonly PagerDutyTaken[]): Times {
  return timesOf(
    taken.map(({ dedup_key, event_action }) => [
      dedup_key.split(':').at(-1) ?? dedup_key,
      event_action === 'resolve' ? 'OK' : 'ALARM',
    ]),
  );
}

/** What the fallback was told that `sink` had not taken. */
export function toldInsteadOf(sink: string, taken: readonly Pick<WebhookTaken, 'page'>[]): Times {
  const pages = taken.map(({ page }) => page);
  return timesOf(
    pages.filter(({ note }) => note?.startsWith(`The sink ${sink} did not take this`)).map(changeOfPage),
  );
}

/** What lies among the dead letters of a sink, each with the reason that somebody wrote on it; they are taken out. */
export async function takeBuried(stage: AlarmStage, sink: string): Promise<Buried> {
  const QueueUrl = await stage.queueUrl(stage.names.sinkDeadLetters(sink));
  const pages: Page[] = [];
  let withoutReason = 0;
  for (;;) {
    const { Messages = [] } = await stage.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return { times: timesOf(pages.map(changeOfPage)), withoutReason };
    pages.push(...Messages.map(({ Body = '' }) => JSON.parse(Body) as Page));
    withoutReason += Messages.filter(({ MessageAttributes }) => !MessageAttributes?.refusal).length;
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await stage.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

export interface Buried {
  readonly times: Times;
  /** Those that SQS moved, because they were taken too often. */
  readonly withoutReason: number;
}

function changeOfPage({ alerts }: Page): Change {
  const [first] = alerts;
  return [first?.name ?? 'none', first?.state === 'OK' ? 'OK' : 'ALARM'];
}

/** How many times something was accepted though it had been before. */
export function repeated(times: Times): number {
  return [...times.values()].reduce((sum, count) => sum + count - 1, 0);
}
