import type { S3Client } from '@aws-sdk/client-s3';
import { putOnce, readText } from '../aws/objects.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Slot } from './slot.ts';

/** What is kept of a run for ever: one object for a success, one for each failure. `report` is the job's own part. */
export interface RunRecord<Report = unknown> {
  readonly version: 1;
  readonly job: string;
  readonly stage: string;
  readonly database: string;
  readonly slot: Slot;
  readonly trigger: string;
  readonly status: 'succeeded' | 'failed';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly executionArn: string;
  readonly report?: Report;
  readonly error?: { readonly name: string; readonly message: string };
}

export type RunName = Pick<RunRecord, 'job' | 'database' | 'slot'>;

export const runsPrefix = 'runs';

/** A slot succeeds once; each of its failures keeps a record of its own, told apart by when the run began. */
export function runRecordKey(run: RunName & Pick<RunRecord, 'status' | 'startedAt'>): string {
  const base = `${runsPrefix}/${run.job}/${run.database}/${run.slot}`;
  return run.status === 'succeeded'
    ? `${base}.json`
    : `${base}.failed-${run.startedAt.replace(/[:.]/g, '')}.json`;
}

/** The record of the slot's success, if it has one. */
export async function readSuccess<Report>(
  s3: S3Client,
  bucket: string,
  run: RunName,
): Promise<RunRecord<Report> | undefined> {
  const key = runRecordKey({ ...run, status: 'succeeded', startedAt: '' });
  const text = await readText(s3, { bucket, key });
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord<Report>);
}

/** Writes the record, and answers the one that counts: another execution's, where that one was first. */
export async function writeRunRecord<Report>(
  s3: S3Client,
  bucket: string,
  record: RunRecord<Report>,
): Promise<RunRecord<Report>> {
  const text = await putOnce(s3, { bucket, key: runRecordKey(record) }, canonicalJson(record));
  return JSON.parse(text) as RunRecord<Report>;
}
