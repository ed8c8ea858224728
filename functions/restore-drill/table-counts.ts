import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import type { DrillJob } from './job.ts';
import type { TableCount } from './questions/asking.ts';

/** Beside the run records, and none of them. */
const countsPrefix = 'counts';

type Place = Pick<DrillJob, 'aws' | 'names' | 'request'>;

/**
 * Keeps how many rows each table had as an object of its own, and answers its key: ten thousand tables are more than
 * a step, whose result is a checkpoint of at most 256 KB, may answer. Named by its content, so that a step that is
 * done again writes the same.
 */
export async function keepCounts({ aws, names, request }: Place, counts: readonly TableCount[]) {
  const text = canonicalJson(counts);
  const { database, slot } = request;
  const key = `${countsPrefix}/${drillJobName}/${database}/${slot}-${sha256(text).slice(0, 16)}.json`;
  await putOnce(aws.s3, { bucket: names.backupBucket, key }, text);
  return key;
}

/** Null where nothing was counted, or where the object is gone. */
export async function readCounts(
  { aws, names }: Pick<Place, 'aws' | 'names'>,
  key: string | null | undefined,
): Promise<readonly TableCount[] | null> {
  if (!key) return null;
  const text = await readText(aws.s3, { bucket: names.backupBucket, key });
  return text === undefined ? null : (JSON.parse(text) as TableCount[]);
}
