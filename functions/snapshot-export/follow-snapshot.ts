import type { RDSClient } from '@aws-sdk/client-rds';
import { explained } from '../../shared/aws/explain.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { ServiceError } from '../../shared/job/errors.ts';
import { readSnapshot } from '../../shared/snapshot/read-snapshots.ts';
import { failedStatuses, type SnapshotFact } from './facts.ts';
import type { SnapshotExportJob } from './job.ts';

export interface Following {
  readonly rds: RDSClient;
  readonly identifier: string;
  /** `snapshot` or `copy`: for the log, and for what people are told. */
  readonly what: 'snapshot' | 'copy';
  readonly region: string;
  readonly everySeconds: number;
  readonly forHours: number;
}

interface Seen {
  readonly snapshot: SnapshotFact | null;
  /** How many times in a row RDS did not know it: its answers may lag behind what was made. */
  readonly missing: number;
}

const goneAfter = 3;

/** Follows a snapshot or a copy until it is available. Throws ServiceError where it ends badly. */
export async function followSnapshot(job: SnapshotExportJob, following: Following): Promise<SnapshotFact> {
  const { identifier, what, region, everySeconds, forHours } = following;
  const { snapshot } = await job.watch<Seen>(`wait for the ${what}`, {
    look: (last) => look(job, following, last),
    done: ({ snapshot: seen, missing }) =>
      missing >= goneAfter || seen?.status === 'available' || failedStatuses.includes(seen?.status ?? ''),
    everySeconds,
    forHours,
    gaveUp: (last) =>
      `The ${what} ${identifier} in ${region} was still ${last?.snapshot?.status ?? 'not to be seen'} at ${last?.snapshot?.progressPercent ?? 0}% after ${describeHours(forHours)}. It goes on by itself; a later start of this slot adopts it.`,
  });
  if (snapshot?.status === 'available') return snapshot;
  throw new ServiceError(
    `The ${what} ${identifier} in ${region} ${snapshot ? `ended as ${snapshot.status}` : 'is gone'}. See the events of RDS for the reason; the next start of this slot makes another one.`,
  );
}

async function look(
  job: SnapshotExportJob,
  { rds, identifier, what }: Following,
  last: Seen | undefined,
): Promise<Seen> {
  const seen = await explained(`Describing the ${what} ${identifier}`, () => readSnapshot(rds, identifier));
  if (!seen) return { snapshot: null, missing: (last?.missing ?? 0) + 1 };
  const message = what === 'snapshot' ? 'Snapshot' : 'Copy';
  job.log.info(message, { snapshot: identifier, status: seen.status, percent: seen.progressPercent });
  return { snapshot: seen, missing: 0 };
}
