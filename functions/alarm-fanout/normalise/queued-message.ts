import type { SQSRecord } from 'aws-lambda';

/** What lies on the alarm queue, whoever put it there. */
export interface QueuedMessage {
  readonly body: string;
  /** What the message's attributes say as text: SNS hands them on so where it delivers raw. */
  readonly attributes: Readonly<Record<string, string>>;
  /** When it was put on the queue: ISO 8601 in UTC; null where that is not known. */
  readonly sentAt: string | null;
}

type QueueRecord = Pick<SQSRecord, 'body' | 'messageAttributes'> & {
  readonly attributes: Pick<SQSRecord['attributes'], 'SentTimestamp'>;
};

/** A record of Lambda's batch, as far as it is read. */
export function queuedMessage({ body, messageAttributes, attributes }: QueueRecord): QueuedMessage {
  const texts = Object.entries(messageAttributes).flatMap(([name, { stringValue }]) =>
    stringValue === undefined ? [] : [[name, stringValue]],
  );
  const sent = new Date(Number(attributes.SentTimestamp));
  return {
    body,
    attributes: Object.fromEntries(texts),
    sentAt: Number.isNaN(sent.getTime()) ? null : sent.toISOString(),
  };
}

/** An event in a file: a batch as Lambda gets it, or one message as its source sends it. */
export function queuedMessages(raw: unknown): QueuedMessage[] {
  if (isBatch(raw)) return raw.Records.map(queuedMessage);
  return [{ body: JSON.stringify(raw) ?? '', attributes: {}, sentAt: null }];
}

function isBatch(raw: unknown): raw is { readonly Records: readonly QueueRecord[] } {
  if (typeof raw !== 'object' || raw === null || !('Records' in raw) || !Array.isArray(raw.Records))
    return false;
  return raw.Records.length > 0 && raw.Records.every((record) => record?.eventSource === 'aws:sqs');
}
