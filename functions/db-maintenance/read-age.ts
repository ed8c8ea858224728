import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects } from '../../shared/aws/objects.ts';
import { runsPrefix } from '../../shared/job/run-record.ts';
import { isNightSlot } from '../../shared/job/slot.ts';
import { jobName } from './plan.ts';

interface Records {
  readonly bucket: string;
  readonly database: string;
  readonly now: Date;
}

const dayMs = 86_400_000;

/**
 * Days since a whole run by the schedule succeeded last; where none ever has, since the first run of any kind: an alarm
 * on its age would wait for ever for what never comes.
 */
export async function readAgeDays(s3: S3Client, { bucket, database, now }: Records): Promise<number> {
  const prefix = `${runsPrefix}/${jobName}/${database}/`;
  let first = now.getTime();
  let lastSuccess: number | undefined;
  for await (const { key, lastModified } of listObjects(s3, { bucket, prefix })) {
    const at = Date.parse(lastModified);
    first = Math.min(first, at);
    const [slot = '', ...rest] = key.slice(prefix.length).split('.');
    if (isNightSlot(slot) && rest.join('.') === 'json') lastSuccess = Math.max(lastSuccess ?? at, at);
  }
  return Math.max(0, Math.round(((now.getTime() - (lastSuccess ?? first)) / dayMs) * 100) / 100);
}
