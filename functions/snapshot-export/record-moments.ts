import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { type Moment, readMoment, readSettled, type SettledCounters } from '../../shared/postgres/moment.ts';
import { readSchemaDescription } from '../../shared/postgres/schema-description.ts';
import { databaseOf, type SnapshotExportJob, withDatabase } from './job.ts';

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

type MomentName = 'before' | 'after' | 'settled';

export function momentKey(snapshot: string, name: MomentName): string {
  return `${momentsPrefix}/${snapshot}/${name}.json`;
}

/**
 * RDS never tells the moment of a snapshot, so it is enclosed: counts before the request, counts once it is
 * available, and the counters again when late reports have arrived. Each is written once and never again, so that
 * a second delivery uses those of the first.
 */
export function recordBefore(job: SnapshotExportJob, snapshot: string): Promise<void> {
  return job.step('record the moment before', () =>
    recordOnce(job, momentKey(snapshot, 'before'), async () => {
      job.log.info('Counting rows before the snapshot', { snapshot });
      return withDatabase<BeforeRecord>(job, async (client) => ({
        moment: await readMoment(client, exactUpToBytes(job)),
        schemaSha256: sha256(canonicalJson(await readSchemaDescription(client))),
      }));
    }),
  );
}

export async function recordAfter(job: SnapshotExportJob, snapshot: string): Promise<void> {
  await job.step('record the moment after', () =>
    recordOnce(job, momentKey(snapshot, 'after'), async () => {
      job.log.info('Counting rows after the snapshot', { snapshot });
      return withDatabase<AfterRecord>(job, async (client) => ({
        moment: await readMoment(client, exactUpToBytes(job)),
      }));
    }),
  );
  await job.sleep('let the counters settle', job.request.settings.polling.settleSeconds);
  await job.step('record the settled counters', () =>
    recordOnce(job, momentKey(snapshot, 'settled'), async () => {
      const after = await readRecord<AfterRecord>(job, momentKey(snapshot, 'after'));
      if (!after)
        throw new NightshiftError(`${momentKey(snapshot, 'after')} was written and is gone from S3.`);
      return withDatabase(job, (client) => readSettled(client, after.moment));
    }),
  );
}

/** All three records of a snapshot, or undefined where one is not there: the snapshot was adopted, so that none is. */
export async function readMoments(job: SnapshotExportJob, snapshot: string): Promise<Moments | undefined> {
  const [before, after, settled] = await Promise.all([
    readRecord<BeforeRecord>(job, momentKey(snapshot, 'before')),
    readRecord<AfterRecord>(job, momentKey(snapshot, 'after')),
    readRecord<SettledCounters>(job, momentKey(snapshot, 'settled')),
  ]);
  return before && after && settled && { before, after, settled };
}

async function readRecord<T>(job: SnapshotExportJob, key: string): Promise<T | undefined> {
  const text = await readText(job.aws.s3, { bucket: job.names.backupBucket, key });
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

async function recordOnce(job: SnapshotExportJob, key: string, read: () => Promise<unknown>): Promise<void> {
  const place = { bucket: job.names.backupBucket, key };
  if ((await readText(job.aws.s3, place)) !== undefined) return;
  await putOnce(job.aws.s3, place, canonicalJson(await read()));
}

function exactUpToBytes(job: SnapshotExportJob): number {
  return (databaseOf(job).snapshotExport?.exactCountUpToMiB ?? 0) * 2 ** 20;
}
