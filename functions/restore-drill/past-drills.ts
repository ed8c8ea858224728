import { listObjects, readText } from '../../shared/aws/objects.ts';
import { type RunRecord, runsPrefix } from '../../shared/job/run-record.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import type { PastDrill } from './describe-run.ts';
import type { DrillJob } from './job.ts';
import type { DrillRunReport } from './report.ts';

export type DrillRecord = RunRecord<DrillRunReport>;

const shown = 5;

/** The records of the last drills of this database that succeeded, the newest first; real restores are none. */
export async function readPastDrills({ aws, names, request }: DrillJob): Promise<DrillRecord[]> {
  const prefix = `${runsPrefix}/${drillJobName}/${request.database}/`;
  const keys: { key: string; lastModified: string }[] = [];
  for await (const object of listObjects(aws.s3, { bucket: names.backupBucket, prefix })) {
    if (!object.key.includes('.failed-')) keys.push(object);
  }
  const drills: DrillRecord[] = [];
  for (const { key } of keys.toSorted((a, b) => (a.lastModified < b.lastModified ? 1 : -1))) {
    if (drills.length === shown) break;
    const record = JSON.parse((await readText(aws.s3, { bucket: names.backupBucket, key })) ?? '{}');
    if ((record as DrillRecord).report?.kind === 'drill') drills.push(record as DrillRecord);
  }
  return drills;
}

/** The same, as far as a trend shows it. */
export async function readTrend(job: DrillJob): Promise<PastDrill[]> {
  return (await readPastDrills(job)).flatMap(({ slot, report }) =>
    report
      ? {
          slot,
          restoring: report.phases.restoring,
          asking: report.phases.asking,
          recoverySeconds: report.recoverySeconds,
        }
      : [],
  );
}
