import type { S3Client } from '@aws-sdk/client-s3';
import { readText } from '../aws/objects.ts';
import type { Moment, SettledCounters } from '../postgres/moment.ts';

export const momentsPrefix = 'moments';

/** What was seen in the database just before the snapshot was asked for. */
export interface BeforeRecord {
  readonly moment: Moment;
  readonly schemaSha256: string;
}

export interface AfterRecord {
  readonly moment: Moment;
}

export interface Moments {
  readonly before: BeforeRecord;
  readonly after: AfterRecord;
  readonly settled: SettledCounters;
}

export type MomentName = 'before' | 'after' | 'settled';

export interface MomentsPlace {
  readonly s3: S3Client;
  readonly bucket: string;
}

export function momentKey(snapshot: string, name: MomentName): string {
  return `${momentsPrefix}/${snapshot}/${name}.json`;
}

/** All three records of a snapshot, or undefined where one is not there: the snapshot was adopted, or counting failed. */
export async function readMoments(place: MomentsPlace, snapshot: string): Promise<Moments | undefined> {
  const [before, after, settled] = await Promise.all([
    readMomentRecord<BeforeRecord>(place, momentKey(snapshot, 'before')),
    readMomentRecord<AfterRecord>(place, momentKey(snapshot, 'after')),
    readMomentRecord<SettledCounters>(place, momentKey(snapshot, 'settled')),
  ]);
  return before && after && settled && { before, after, settled };
}

/** One of the records, by its key; undefined where it is not there. */
export async function readMomentRecord<T>({ s3, bucket }: MomentsPlace, key: string): Promise<T | undefined> {
  const text = await readText(s3, { bucket, key });
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
