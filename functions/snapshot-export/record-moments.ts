import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import { readMoment, readSettled } from '../../shared/postgres/moment.ts';
import { readSchemaDescription } from '../../shared/postgres/schema-description.ts';
import {
  type AfterRecord,
  type BeforeRecord,
  momentKey,
  readMomentRecord,
} from '../../shared/snapshot/moments.ts';
import { type SnapshotExportJob, withDatabase } from './job.ts';

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
        moment: await readMoment(client, exactUpToBytes(job), countingTime()),
        schemaSha256: sha256(canonicalJson(await readSchemaDescription(client))),
      }));
    }),
  );
}

export async function recordAfter(job: SnapshotExportJob, snapshot: string): Promise<void> {
  const enclosed = await job.step('look for the moment before', async () => {
    return (await readRecord(job, momentKey(snapshot, 'before'))) !== undefined;
  });
  if (!enclosed) return;
  await job.step('record the moment after', () =>
    recordOnce(job, momentKey(snapshot, 'after'), async () => {
      job.log.info('Counting rows after the snapshot', { snapshot });
      return withDatabase<AfterRecord>(job, async (client) => ({
        moment: await readMoment(client, exactUpToBytes(job), countingTime()),
      }));
    }),
  );
  await recordSettled(job, snapshot);
}

/** So often are the counters looked at, each time after twice as long, until no session may hold any back. */
const settlingRounds = 5;

async function recordSettled(job: SnapshotExportJob, snapshot: string): Promise<void> {
  const { settleSeconds } = job.request.settings.polling;
  for (let round = 1; round <= settlingRounds; round += 1) {
    await job.sleep(`let the counters settle, round ${round}`, settleSeconds * 2 ** (round - 1));
    const settled = await job.step(`read the settled counters, round ${round}`, () =>
      settleOnce(job, snapshot, round === settlingRounds),
    );
    if (settled) return;
  }
}

/** True once the counters are recorded: settled, or in the last round as they are. */
async function settleOnce(job: SnapshotExportJob, snapshot: string, isLast: boolean): Promise<boolean> {
  const key = momentKey(snapshot, 'settled');
  if (await readRecord(job, key)) return true;
  const before = await readRecord<BeforeRecord>(job, momentKey(snapshot, 'before'));
  const after = await readRecord<AfterRecord>(job, momentKey(snapshot, 'after'));
  if (!before || !after) {
    throw new NightshiftError(`What was counted around ${snapshot} was written and is gone from S3.`);
  }
  const settled = await withDatabase(job, (client) => readSettled(client, after.moment, before.moment));
  if (settled.sessionsHoldingBack > 0 && !isLast) return false;
  await recordOnce(job, key, async () => settled);
  return true;
}

function readRecord<T>(job: SnapshotExportJob, key: string): Promise<T | undefined> {
  return readMomentRecord({ s3: job.aws.s3, bucket: job.names.backupBucket }, key);
}

async function recordOnce(job: SnapshotExportJob, key: string, read: () => Promise<unknown>): Promise<void> {
  const place = { bucket: job.names.backupBucket, key };
  if ((await readText(job.aws.s3, place)) !== undefined) return;
  await putOnce(job.aws.s3, place, canonicalJson(await read()));
}

/** Counting takes no more than half of an invocation, whatever the size of the database. */
function countingTime(): () => boolean {
  const until = Date.now() + 7 * 60_000;
  return () => Date.now() < until;
}

function exactUpToBytes(job: SnapshotExportJob): number {
  return (databaseOf(job).snapshotExport?.exactCountUpToMiB ?? 0) * 2 ** 20;
}
