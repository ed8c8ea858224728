import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSRecord } from 'aws-lambda';
import type { Page } from '../../shared/alarm/page.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { givenAgain, isOvertaken, overSince, rootFor, sentOnceMore } from './incident-order.ts';
import type { OncePerKey } from './once-per-key.ts';
import { type Delivered, receiptOf, writeReceipt } from './receipt.ts';
import { type Reach, send } from './send.ts';
import { noteRoot, noteSending, readThread, type ThreadTable } from './thread.ts';
import { delivered, type Later, type Refused, type Verdict } from './verdict.ts';
import { wordsOf } from './words.ts';

/** What delivering takes, of one sink. */
export interface Delivery {
  readonly sink: string;
  readonly reach: Reach;
  readonly threads: ThreadTable;
  readonly s3: S3Client;
  readonly bucket: string;
  readonly once: OncePerKey;
  /** Sends a page to this sink the whole way once more. */
  readonly giveAgain: (page: Page) => Promise<void>;
}

/** A verdict that a page must be tried again after, or given up. */
export class NotDeliveredError extends NightshiftError {
  override readonly name = 'NotDeliveredError';
  readonly verdict: Later | Refused;

  constructor(verdict: Later | Refused) {
    super(verdict.reason);
    this.verdict = verdict;
  }
}

export interface DeliveredPage extends Delivered {
  /** False where it had been delivered before, and this was a repetition. */
  readonly isNew: boolean;
  /** Why it is not remembered that it was delivered; null where it is. */
  readonly forgotten: unknown;
}

/**
 * Delivers a page once. Throws NotDeliveredError for what the sink did not take. Killed between the sink's answer and
 * its being remembered, it sends once more: no sink can be asked whether it has a page already. Where it only cannot be
 * remembered, it is delivered all the same.
 */
export async function deliver(delivery: Delivery, page: Page, record: SQSRecord): Promise<DeliveredPage> {
  const { sink, once } = delivery;
  const sent: Delivered[] = [];
  try {
    const done = await once<Delivered>(`${sink} ${page.id}`, async () => {
      const delivered = await sendNow(delivery, page, record);
      sent.push(delivered);
      return delivered;
    });
    return { ...done, isNew: sent.length > 0, forgotten: null };
  } catch (error) {
    const [delivered] = sent;
    if (delivered === undefined) throw error;
    return { ...delivered, isNew: true, forgotten: error };
  }
}

async function sendNow(delivery: Delivery, page: Page, { attributes }: SQSRecord): Promise<Delivered> {
  const verdict = await sendInOrder(delivery, page);
  if (verdict.kind !== 'delivered') throw new NotDeliveredError(verdict);
  return {
    attempts: Number(attributes.ApproximateReceiveCount),
    firstTriedAt: new Date(Number(attributes.ApproximateFirstReceiveTimestamp)).toISOString(),
    deliveredAt: delivery.reach.now().toISOString(),
    answer: verdict.answer,
  };
}

/** What a delivery leaves behind. */
export async function keepProof(delivery: Delivery, page: Page, done: Delivered): Promise<void> {
  const { sink, threads, s3, bucket, reach } = delivery;
  const { ts } = done.answer;
  if (ts !== null && page.effect === 'opens') await noteRoot(threads, page, ts, reach.now());
  await writeReceipt(s3, bucket, receiptOf(page, sink, done));
}

/**
 * The queue keeps no order, and two invocations may send at once. Each notes what it is about to send, sends, and then
 * looks at the notes: whichever arrives last at the sink sees both, and sends the newest once more if it was not its own.
 */
async function sendInOrder(delivery: Delivery, page: Page): Promise<Verdict> {
  const { reach, threads } = delivery;
  const thread = await noteSending(threads, page, reach.now());
  if (threads.keepsPages && isOvertaken(page, thread)) {
    return delivered({ words: 'nothing was to be sent: the incident is on again by now' });
  }
  const telling = wordsOf(page, { overSince: overSince(page, thread) });
  const threadTs = rootFor(page, thread);
  const verdict = await send(reach, { page, telling, threadTs });
  // What is refused now may have arrived before, when its answer did not: if it is over, the sink is told so again.
  const mayBeOpen = verdict.kind === 'refused' && page.effect === 'opens';
  if (verdict.kind !== 'delivered' && !mayBeOpen) return verdict;
  if (threads.keepsPages && page.effect !== 'none') await sendNewest(delivery, page);
  if (verdict.kind !== 'delivered') return verdict;
  // Only a message of its own is one that later ones answer.
  return threadTs === null ? verdict : delivered({ ...verdict.answer, ts: null });
}

/**
 * Sends on until the incident stands as its newest page says. What the sink does not take of that goes the whole way
 * again, as a page of its own: the one that was sent is delivered, and is not sent once more for it.
 */
async function sendNewest({ reach, threads, giveAgain }: Delivery, page: Page): Promise<void> {
  let sent = page;
  for (;;) {
    const again = sentOnceMore(sent, await readThread(threads, page.incident));
    if (again === null) return;
    const verdict = await send(reach, { page: again, telling: wordsOf(again), threadTs: null });
    if (verdict.kind !== 'delivered') return giveAgain(givenAgain(again, page));
    sent = again;
  }
}
