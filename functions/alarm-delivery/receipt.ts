import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Page, PageKind } from '../../shared/alarm/page.ts';
import { putOnce } from '../../shared/aws/objects.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { runsPrefix } from '../../shared/job/run-record.ts';
import type { AnswerFacts } from './verdict.ts';

/** The proof that a sink took a page; kept for ever. */
export interface Receipt {
  readonly version: 1;
  readonly page: string;
  readonly kind: PageKind;
  readonly stage: string;
  readonly sink: string;
  readonly incident: string;
  /** Keys of the alarms that it shows. */
  readonly alarms: readonly string[];
  readonly attempts: number;
  readonly madeAt: string;
  readonly firstTriedAt: string;
  readonly deliveredAt: string;
  /** From when it was made until the sink took it. */
  readonly latencyMs: number;
  readonly answer: AnswerFacts;
}

/** What is remembered of a delivery, so that its receipt can be written later too. */
export interface Delivered {
  readonly attempts: number;
  readonly firstTriedAt: string;
  readonly deliveredAt: string;
  readonly answer: AnswerFacts;
}

export function receiptOf(page: Page, sink: string, delivered: Delivered): Receipt {
  const { attempts, firstTriedAt, deliveredAt, answer } = delivered;
  return {
    version: 1,
    page: page.id,
    kind: page.kind,
    stage: page.stage,
    sink,
    incident: page.incident,
    alarms: page.alerts.map(({ key }) => key),
    madeAt: page.at,
    latencyMs: latencyMs(page, delivered),
    attempts,
    firstTriedAt,
    deliveredAt,
    answer,
  };
}

export function latencyMs(page: Page, { deliveredAt }: Pick<Delivered, 'deliveredAt'>): number {
  return Math.max(0, Date.parse(deliveredAt) - Date.parse(page.at));
}

/** By the day on which the page was made: the same wherever and whenever it is written again. */
export function receiptKey(page: Pick<Page, 'id' | 'at'>, sink: string): string {
  const name = /^[\w.-]{1,200}$/.test(page.id) ? page.id : createHash('sha256').update(page.id).digest('hex');
  return `${runsPrefix}/alarm-delivery/${sink}/${page.at.slice(0, 10)}/${name}.json`;
}

export async function writeReceipt(s3: S3Client, bucket: string, receipt: Receipt): Promise<void> {
  const key = receiptKey({ id: receipt.page, at: receipt.madeAt }, receipt.sink);
  await putOnce(s3, { bucket, key }, canonicalJson(receipt));
}
