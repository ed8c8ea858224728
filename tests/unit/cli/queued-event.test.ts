import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { queuedEvent } from '../../../cli/queued-event.ts';
import { queuedMessages } from '../../../functions/alarm-fanout/normalise/queued-message.ts';

const sample = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../../events/alarm-fanout.${name}.json`, import.meta.url), 'utf8'));

test('an event that its source sends comes to alarm-fanout as it would from its queue', () => {
  for (const name of ['trigger-heartbeat', 'eventbridge-metric', 'sns-to-function']) {
    const [message, ...others] = queuedMessages(queuedEvent('alarm-fanout', sample(name)));
    expect(JSON.parse(message?.body ?? '')).toEqual(sample(name));
    expect(Date.parse(message?.sentAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(others).toEqual([]);
  }
});

test('what comes from a queue already, and what another job starts from, stays as it is', () => {
  const batch = sample('sqs-eventbridge');
  expect(queuedEvent('alarm-fanout', batch)).toBe(batch);
  const order = { database: 'menotime' };
  expect(queuedEvent('snapshot-export', order)).toBe(order);
});
