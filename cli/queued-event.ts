import { randomUUID } from 'node:crypto';

/** Jobs that a queue feeds, and that need nothing of a message but what is in it. */
const queueJobs: readonly string[] = ['alarm-fanout'];

/** An event for a job that starts from its queue, as Lambda reads it there; what already is, and any other job's, as it is. */
export function queuedEvent(job: string, event: object): object {
  if (!queueJobs.includes(job) || isFromQueue(event)) return event;
  const now = String(Date.now());
  const record = {
    messageId: randomUUID(),
    receiptHandle: 'by-hand',
    body: JSON.stringify(event),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: now,
      SenderId: 'by-hand',
      ApproximateFirstReceiveTimestamp: now,
    },
    messageAttributes: {},
    eventSource: 'aws:sqs',
  };
  return { Records: [record] };
}

/** What a topic gives a function has records too, and is a message of its own. */
function isFromQueue(event: object): boolean {
  const { Records } = event as { readonly Records?: unknown };
  return (
    Array.isArray(Records) && Records.length > 0 && Records.every((one) => one?.eventSource === 'aws:sqs')
  );
}
