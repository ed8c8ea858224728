import { glob, readFile } from 'node:fs/promises';
import type { Receipt } from '../functions/alarm-delivery/receipt.ts';
import { objectPath } from '../infra/local/aws/object-path.ts';
import type { LocalStage } from '../infra/local/stage.ts';

/** The proof of a delivery, and where it lies on this machine. */
export interface DeliveryReceipt extends Receipt {
  readonly path: string;
}

/** Those of the pages about one alarm, in the order in which they were delivered. */
export async function deliveryReceipts(
  { stack, names }: LocalStage,
  alarmKey: string,
): Promise<DeliveryReceipt[]> {
  const receipts: DeliveryReceipt[] = [];
  const pattern = objectPath(stack.s3Folder, names.backupBucket, 'runs/alarm-delivery/SINK/DAY/PAGE.json');
  for await (const path of glob(pattern.replace(/SINK|DAY|PAGE/g, '*'))) {
    const receipt = JSON.parse(await readFile(path, 'utf8')) as Receipt;
    if (receipt.incident === alarmKey) receipts.push({ ...receipt, path });
  }
  return receipts.sort((one, other) => one.deliveredAt.localeCompare(other.deliveredAt));
}
