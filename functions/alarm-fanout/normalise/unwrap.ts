import * as z from 'zod/mini';
import { readMoment } from './moment.ts';
import type { QueuedMessage } from './queued-message.ts';
import { check, loosely, refuse } from './refuse.ts';

/** A message as its maker sent it, without what carried it. */
export interface Delivered extends QueuedMessage {
  /** The topic that it came by; null where it came by none, or by one that delivers raw. */
  readonly topicArn: string | null;
  /** The body, where it is a JSON object. */
  readonly json: object | null;
}

/** SNS writes one casing to queues and another to functions; of both, only these are read. */
const envelope = z.lazy(() =>
  z.object({
    Type: z.literal('Notification'),
    TopicArn: z.string(),
    Message: z.string(),
    Timestamp: loosely(z.string()),
    MessageAttributes: loosely(z.record(z.string(), z.object({ Value: z.string() }))),
  }),
);

const records = z.lazy(() =>
  z.object({
    Records: z.array(z.object({ Sns: z.unknown() })).check(z.minLength(1), z.maxLength(10)),
  }),
);

/** A topic may be fed by another, and what a function got from one may be put on the queue as it is. */
const deepest = 4;

/** Takes envelopes of SNS off. Throws EventRefusedError for one that is broken, or wrapped too often. */
export function unwrap(message: QueuedMessage, topicArn: string | null = null, depth = 0): Delivered[] {
  const json = parseObject(message.body);
  if (json === null || !(isEnvelope(json) || 'Records' in json)) return [{ ...message, topicArn, json }];
  if (depth === deepest) return refuse(`it lies in more than ${deepest} envelopes of SNS`);
  const found = isEnvelope(json)
    ? [json]
    : check(records, json, 'what SNS sends to a function').Records.map(({ Sns }) => Sns);
  return found.flatMap((one) => {
    const { Message, TopicArn, Timestamp, MessageAttributes } = check(envelope, one, 'an envelope of SNS');
    const attributes = Object.entries(MessageAttributes ?? {}).map(([name, { Value }]) => [name, Value]);
    const inner = {
      body: Message,
      attributes: Object.fromEntries(attributes),
      sentAt: (Timestamp && readMoment(Timestamp)) || message.sentAt,
    };
    return unwrap(inner, TopicArn, depth + 1);
  });
}

function isEnvelope(json: object): boolean {
  if (!('Type' in json && 'TopicArn' in json)) return false;
  if (json.Type === 'SubscriptionConfirmation') {
    return refuse(
      'SNS asks whether the queue may be subscribed to a topic. Confirm it with its token, or subscribe the queue from the account that it is in.',
    );
  }
  return true;
}

function parseObject(body: string): object | null {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : null;
  } catch {
    // SyntaxError: messages of runs are text for people; what else is none is refused where that is known.
    return null;
  }
}
