import { listObjects, readText, type StoredObject } from '../../shared/aws/objects.ts';
import { type RunRecord, runsPrefix } from '../../shared/job/run-record.ts';
import { type DrillReport, drillJobName, recoveryTrigger } from '../../shared/verify/drill-report.ts';
import type { DrillsFact } from './facts.ts';
import { jobName, type VerifyJob } from './job.ts';
import type { Past } from './past.ts';
import { pastOf, type VerifyReport } from './report.ts';

type Bucket = Pick<VerifyJob, 'aws' | 'names' | 'request' | 'stage'>;

/** What the newest run of these checks has left to this one; null where there was none. */
export async function readPast(job: Bucket): Promise<Past | null> {
  const records = await listRecords(job, jobName);
  for (const { key } of records.filter((one) => !isFailure(one))) {
    const record = await readRecord<VerifyReport>(job, key);
    const past = isOwn(job, record) ? pastOf(record) : undefined;
    if (past) return past;
  }
  return null;
}

/** Several stages may share a bucket: what another one has proved, or failed in, says nothing of this one. */
function isOwn({ stage }: Bucket, record: RunRecord<unknown> | undefined): boolean {
  return record?.stage === stage;
}

/** Restores for real, and drills of other stages, stand among the records as well, and prove nothing. */
const mostReads = 100;

/** The last drill that succeeded, and whether one has failed since. */
export async function readDrills(job: Bucket): Promise<DrillsFact> {
  let failedSince: DrillsFact['failedSince'] = null;
  const records = await listRecords(job, drillJobName);
  for (const { key } of records.slice(0, mostReads)) {
    const record = await readRecord<StoredDrill>(job, key);
    if (!record || !isOwn(job, record) || isRecovery(record)) continue;
    const { slot, endedAt, report } = record;
    if (record.status === 'succeeded' && report) {
      const { snapshot, restoredTo, recoverySeconds, recoveryTimeMinutes } = report;
      return {
        lastSuccess: {
          slot,
          endedAt,
          report: { snapshot, restoredTo, recoverySeconds, recoveryTimeMinutes },
        },
        failedSince,
      };
    }
    failedSince ??= { slot, endedAt, reason: reasonOf(record) };
  }
  return { lastSuccess: null, failedSince };
}

type StoredDrill = DrillReport & { readonly kind?: 'drill' | 'recovery' };

/** One that failed early has no report; of older records, its slot tells, where it was not given a label. */
function isRecovery({ report, trigger, slot }: RunRecord<StoredDrill>): boolean {
  if (report) return report.kind === 'recovery';
  return trigger === recoveryTrigger || /^recovery-\d{8}-\d{4}$/.test(slot);
}

/** The checks that failed, or the first line of what ended it. */
function reasonOf({ report, error }: RunRecord<StoredDrill>): string {
  const failed = (report?.findings ?? []).filter(({ status }) => status === 'fail');
  if (failed.length > 0) return failed.map(({ check }) => check).join(', ');
  return error?.message.split('\n')[0] ?? 'for no reason that was recorded';
}

/** Of one job and this database, the newest first. */
async function listRecords({ aws, names, request }: Bucket, job: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  const prefix = `${runsPrefix}/${job}/${request.database}/`;
  for await (const object of listObjects(aws.s3, { bucket: names.backupBucket, prefix })) found.push(object);
  return found.toSorted((a, b) => (a.lastModified < b.lastModified ? 1 : -1));
}

async function readRecord<Report>(
  { aws, names }: Bucket,
  key: string,
): Promise<RunRecord<Report> | undefined> {
  const text = await readText(aws.s3, { bucket: names.backupBucket, key });
  return text === undefined ? undefined : (JSON.parse(text) as RunRecord<Report>);
}

function isFailure({ key }: StoredObject): boolean {
  return key.includes('.failed-');
}
