import { rowBounds } from '../../shared/postgres/row-bounds.ts';
import { readMoments } from '../../shared/snapshot/moments.ts';
import type { DrillJob } from './job.ts';
import { readPastDrills } from './past-drills.ts';
import type { RestoreAction } from './plan.ts';
import type { Asking } from './questions/asking.ts';
import { readCounts } from './table-counts.ts';

/** What the rows of the restored database are held against. The snapshot may be a copy's source in another region. */
export async function readBaseline(job: DrillJob, { snapshot }: RestoreAction): Promise<Asking['baseline']> {
  const place = { s3: job.aws.s3, bucket: job.names.backupBucket };
  const moments = snapshot === null ? undefined : await readMoments(place, snapshot);
  const [lastDrill] = await readPastDrills(job);
  return {
    bounds: moments ? rowBounds(moments.before.moment, moments.after.moment, moments.settled) : null,
    lastDrill: await readCounts(job, lastDrill?.report?.countsKey),
    lastRestoredTo: lastDrill?.report?.restoredTo ?? null,
  };
}
