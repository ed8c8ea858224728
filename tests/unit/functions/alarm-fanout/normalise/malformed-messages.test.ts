import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classify } from '../../../../../functions/alarm-fanout/classify.ts';
import { normalise } from '../../../../../functions/alarm-fanout/normalise/normalise.ts';
import {
  type QueuedMessage,
  queuedMessages,
} from '../../../../../functions/alarm-fanout/normalise/queued-message.ts';
import { type Alert, alarmStates } from '../../../../../shared/alarm/alert.ts';
import { EventRefusedError } from '../../../../../shared/job/errors.ts';
import { isTellable, sample, sampleNames, stage } from '../../../../support/alarm-samples.ts';
import { malformedMessages } from '../../../../support/malformed-messages.ts';

const samples = sampleNames()
  .map(sample)
  .flatMap(queuedMessages)
  .map(({ body }) => (body.startsWith('{') ? JSON.parse(body) : body));

const longestRefusalBytes = 4_096;

/** What came of a message: how many observations, or the refusal. */
function outcome(message: QueuedMessage): number | EventRefusedError {
  try {
    const observed = normalise(message);
    for (const one of observed.filter(isTellable)) requireSound(classify(one, stage));
    return observed.length;
  } catch (error) {
    if (error instanceof EventRefusedError) return error;
    throw error;
  }
}

/** Of every text in it, however deep. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isWellFormed);
}

/** Looks at each of ten thousand: one `expect` for all of it. */
function requireSound(alert: Alert): void {
  const text = JSON.stringify(alert);
  expect({
    state: alarmStates.includes(alert.state),
    at: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(alert.at),
    key: alert.key.startsWith('arn:') && Buffer.byteLength(alert.key) <= 1_024,
    summary: /^[^\p{Cc}\p{Zl}\p{Zp}]{1,300}$/u.test(alert.summary),
    name: /^[^\p{Cc}]{1,255}$/u.test(alert.name),
    wellFormed: isWellFormed(alert),
    bounded: text.length < 150_000,
  }).toEqual(sound);
}

const sound = {
  state: true,
  at: true,
  key: true,
  summary: true,
  name: true,
  wellFormed: true,
  bounded: true,
};

function requireBounded({ message }: EventRefusedError): void {
  expect(message).toMatch(/^This message cannot be read: \S.*\nalarm-fanout reads from its queue:\n/s);
  expect(Buffer.byteLength(message)).toBeLessThan(longestRefusalBytes);
  // What SQS takes as an attribute of a message.
  expect(message).toMatch(/^[\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
}

test('10,000 messages gone wrong: read to a sound alert, or refused in a few words', () => {
  const seen = { read: 0, refused: 0 };
  fc.assert(
    fc.property(malformedMessages(samples), (message) => {
      const result = outcome(message);
      if (typeof result === 'number') {
        seen.read += 1;
        expect(result).toBeGreaterThan(0);
        return;
      }
      seen.refused += 1;
      requireBounded(result);
    }),
    { numRuns: 10_000 },
  );
  // Many changes leave a message readable; many must not, or nothing was tried.
  expect(seen.read).toBeGreaterThan(1_000);
  expect(seen.refused).toBeGreaterThan(3_000);
});

const long = 1_000_000;

/** Of a megabyte each: whatever takes longer than in proportion never ends. */
const longBodies: Readonly<Record<string, string>> = {
  brackets: '['.repeat(long),
  'deep brackets': '['.repeat(long / 2) + ']'.repeat(long / 2),
  spaces: ' '.repeat(long),
  'a long trigger': JSON.stringify({ trigger: 'x'.repeat(long) }),
  'many keys': JSON.stringify(
    Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`key ${at}`, at])),
  ),
  'many keys of a trigger': JSON.stringify({
    trigger: 'tick',
    ...Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`key ${at}`, at])),
  }),
  'nested in Records': '{"Records":[{"Sns":'.repeat(50_000),
  'many records': JSON.stringify({ Records: Array.from({ length: 100_000 }, () => ({})) }),
  ...Object.fromEntries(
    [' ', 'ALARM(', 'NOT ', '[1', '9', '(', '.', '\n', 'threshold (', 'https://', 'runbook', '-', 'aA'].map(
      (part) => [
        `an alarm all of ${JSON.stringify(part)}`,
        JSON.stringify(alarmOf(part.repeat(Math.floor(long / 8 / (JSON.stringify(part).length - 2))))),
      ],
    ),
  ),
};

function alarmOf(text: string) {
  return {
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    account: '111122223333',
    region: 'us-west-1',
    time: '2026-01-02T17:04:40Z',
    detail: {
      alarmName: text,
      state: { value: 'ALARM', reason: text, reasonData: text },
      configuration: { description: text, alarmRule: text, metrics: [{ expression: text, label: text }] },
    },
  };
}

describe('of a megabyte', () => {
  test.each(Object.entries(longBodies))('%s', (_, body) => {
    const result = outcome({ body, attributes: {}, sentAt: null });
    if (typeof result !== 'number') requireBounded(result);
    expect(typeof result).toBe(body.startsWith('{"source"') ? 'number' : 'object');
  });

  test('a text of a run is cut', () => {
    const attributes = { job: 'snapshot-export', status: 'failed' };
    const sentAt = '2026-01-02T17:04:41.100Z';
    const [run] = normalise({ body: 'x\n\n'.repeat(300_000), attributes, sentAt });
    expect(run).toMatchObject({ kind: 'run', text: expect.stringMatching(/^.{1,1024}$/s) });
  });

  test('what SQS cannot carry is refused unread', () => {
    const result = outcome({ body: ' '.repeat(1_200_000), attributes: {}, sentAt: null });
    expect(String(result)).toMatch(/longer than SQS can carry/);
  });
});

test('a polluted object changes nothing for those after it', () => {
  outcome({
    body: '{"__proto__": {"trigger": "tick", "AlarmName": "x"}, "constructor": {"prototype": {"source": "aws.rds"}}}',
    attributes: {},
    sentAt: null,
  });
  expect({}).not.toHaveProperty('trigger');
  expect(outcome({ body: '{}', attributes: {}, sentAt: null })).toBeInstanceOf(EventRefusedError);
});
