import { expect, test } from '@jest/globals';
import { createEventBus } from '../../../../infra/local/events/bus.ts';

const rules = [
  { functionName: 'snapshot-export', pattern: { detail: { EventID: ['RDS-EVENT-0091'] } } },
  { functionName: 'snapshot-export', pattern: { source: ['aws.rds'] } },
  { functionName: 'alarm-fanout', pattern: { source: ['aws.rds', 'aws.cloudwatch'] } },
];
const event = { source: 'aws.rds', detail: { EventID: 'RDS-EVENT-0091' } };

test('an event reaches each function with a matching rule once, and others not', async () => {
  const delivered: unknown[] = [];
  const bus = createEventBus({ rules, deliver: async (name, got) => void delivered.push([name, got]) });
  expect(bus.put(event)).toEqual(['snapshot-export', 'alarm-fanout']);
  expect(bus.put({ source: 'aws.ec2' })).toEqual([]);
  await bus.settled();
  expect(delivered).toEqual([
    ['snapshot-export', event],
    ['alarm-fanout', event],
  ]);
});

test('a failing delivery is tried three times, then kept as a dead letter', async () => {
  let attempts = 0;
  const deliver = async (): Promise<void> => {
    attempts += 1;
    throw new Error(`attempt ${attempts}`);
  };
  const bus = createEventBus({ rules: rules.slice(0, 1), deliver, retryDelaysMilliseconds: [0, 0] });
  bus.put(event);
  await bus.settled();
  expect(attempts).toBe(3);
  expect(bus.deadLetters).toEqual([
    { functionName: 'snapshot-export', event, error: new Error('attempt 3') },
  ]);
});

test('a delivery that succeeds at the third attempt is no dead letter', async () => {
  let attempts = 0;
  const deliver = async (): Promise<void> => {
    attempts += 1;
    if (attempts < 3) throw new Error('not yet');
  };
  const bus = createEventBus({ rules: rules.slice(0, 1), deliver, retryDelaysMilliseconds: [0, 0] });
  bus.put(event);
  await bus.settled();
  expect({ attempts, deadLetters: bus.deadLetters }).toEqual({ attempts: 3, deadLetters: [] });
});

test('stopping gives up a waiting retry', async () => {
  const deliver = async (): Promise<void> => {
    throw new Error('down');
  };
  const bus = createEventBus({ rules: rules.slice(0, 1), deliver, retryDelaysMilliseconds: [3_600_000] });
  bus.put(event);
  await bus.stop();
  expect(bus.deadLetters).toHaveLength(1);
});

test('what one function does to its event is not seen by another', async () => {
  const seen: unknown[] = [];
  const deliver = async (_name: string, got: unknown): Promise<void> => {
    seen.push(structuredClone(got));
    (got as { source: string }).source = 'changed';
  };
  const bus = createEventBus({ rules, deliver });
  bus.put(event);
  await bus.settled();
  expect(seen).toEqual([event, event]);
});
