import type { SQSRecord } from 'aws-lambda';
import { mostReceives } from '../../shared/alarm/most-receives.ts';

/** Left for a function that is killed in the last tries: what the queue calls dead by itself is told nobody. */
const triesInReserve = 10;
/** The queue forgets a message after fourteen days, and says nothing. */
const longestStayMs = 13 * 86_400_000;

/** Whether the queue might not give a page again after so long: then it is given up, which is told, and not lost. */
export function isLastTry(
  { attributes }: Pick<SQSRecord, 'attributes'>,
  waitSeconds: number,
  now: Date,
): boolean {
  const { ApproximateReceiveCount, SentTimestamp } = attributes;
  const next = now.getTime() + waitSeconds * 1_000;
  return (
    Number(ApproximateReceiveCount) >= mostReceives - triesInReserve ||
    next - Number(SentTimestamp) >= longestStayMs
  );
}
