import { s3Client } from '../shared/aws/clients.ts';
import { listObjects, readText } from '../shared/aws/objects.ts';
import { resourceNames } from '../shared/config/names.ts';
import { type RunName, type RunRecord, runRecordKey } from '../shared/job/run-record.ts';
import type { Target } from './target.ts';

/** A run that failed, and what it has found nonetheless. */
export interface FailedRun<Report> {
  readonly kind: 'failed';
  readonly record: RunRecord<Report> & { readonly report: Report };
}

/**
 * The record that a failed run has left of what it found; an error alone comes back from its process. Throws the error
 * again where no record tells of it: the run has found nothing, or could not write it down.
 */
export async function readFailedRun<Report>(
  { stage, config }: Target,
  run: RunName,
  error: unknown,
): Promise<FailedRun<Report>> {
  if (!(error instanceof Error) || error.name !== 'FailedRunError') throw error;
  const s3 = s3Client(config.region);
  const bucket = resourceNames(stage, config).backupBucket;
  const [prefix = ''] = runRecordKey({ ...run, status: 'failed', startedAt: '' }).split('.json');
  const keys: string[] = [];
  for await (const { key } of listObjects(s3, { bucket, prefix })) keys.push(key);
  // They are named by when they began.
  for (const key of keys.toSorted().toReversed()) {
    const record = JSON.parse((await readText(s3, { bucket, key })) ?? '{}') as RunRecord<Report>;
    if (record.error?.message === error.message && record.report !== undefined)
      return { kind: 'failed', record: { ...record, report: record.report } };
  }
  throw error;
}
