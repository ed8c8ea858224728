import { setTimeout as sleep } from 'node:timers/promises';
import { type Receipt, receiptKey } from '../functions/alarm-delivery/receipt.ts';
import { readText } from '../shared/aws/objects.ts';
import type { AlarmContext } from './alarm-context.ts';

const patienceSeconds = 60;

/** The receipt of a page that was made just now, as soon as its sink has taken it. Throws after a minute. */
export async function awaitReceipt(
  { s3, names, queueUrl }: AlarmContext,
  sink: string,
  id: string,
): Promise<Receipt> {
  for (const until = Date.now() + patienceSeconds * 1_000; Date.now() < until; await sleep(500)) {
    // The page may be made on the other side of midnight.
    const key = receiptKey({ id, at: new Date().toISOString() }, sink);
    const text = await readText(s3, { bucket: names.backupBucket, key });
    if (text !== undefined) return JSON.parse(text) as Receipt;
  }
  throw new Error(
    `${sink} has not taken it within ${patienceSeconds} s. The log of ${names.functionName(`sink-${sink}`)} says why; \`nightshift alarms redrive --dry-run --sink ${sink}\` shows what it refused (queue ${await queueUrl(names.sinkDeadLetters(sink))}).`,
  );
}
