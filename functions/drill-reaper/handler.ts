import type { RDSClient } from '@aws-sdk/client-rds';
import { rdsClient } from '../../shared/aws/clients.ts';
import { FailedRunError, ServiceError } from '../../shared/job/errors.ts';
import { Failures } from '../../shared/job/failures.ts';
import type { Surroundings } from '../../shared/job/job.ts';
import { type PlainJob, type PlainOutcome, plainJob } from '../../shared/job/plain-job.ts';
import { deleteInstance } from '../../shared/restore/delete-instance.ts';
import { describeInstances } from '../../shared/restore/describe-instances.ts';
import { parseEvent, type ReaperRequest } from './event.ts';
import { planReaping, type ReapAction } from './plan.ts';
import { measure, type ReapReport, tell } from './report.ts';

type ReaperJob = PlainJob<ReaperRequest, ReadonlyMap<string, RDSClient>>;

export const handler = plainJob({
  name: 'drill-reaper',
  runbook: 'docs/runbooks/restore-drill.md',
  parse: parseEvent,
  prepare: clientsByRegion,
  run: reapDrills,
});

/** Drills restore in the stage's own region, and in those that copies of their snapshots lie in. */
function clientsByRegion({ config }: Surroundings): ReadonlyMap<string, RDSClient> {
  const second = Object.values(config.databases).flatMap(
    ({ snapshotExport }) => snapshotExport?.copyTo?.region ?? [],
  );
  return new Map([config.region, ...second].map((region) => [region, rdsClient(region)]));
}

/** Deletes what drills left behind past its expiry. What fails does not stop the others, and fails the run at its end. */
async function reapDrills(job: ReaperJob): Promise<PlainOutcome<ReapReport>> {
  const failures = new Failures();
  const expired: ReapAction[] = [];
  const deleted: ReapAction[] = [];
  for (const [region, rds] of job.extra) {
    const found = await failures.collect(() => findExpired(job, region, rds));
    expired.push(...(found ?? []));
    if (job.request.dryRun) continue;
    for (const action of found ?? []) {
      await failures.collect(async () => deleted.push(await reap(job, rds, action)));
    }
  }
  const report = { expired, deleted };
  const outcome = { report, measurements: measure(report), message: tell(job.stage, report) };
  throwIfAny(failures, outcome);
  return outcome;
}

async function findExpired(job: ReaperJob, region: string, rds: RDSClient): Promise<ReapAction[]> {
  const { stage, startedAt, request } = job;
  const context = { stage, region, database: request.database, now: startedAt };
  return planReaping(await describeInstances(rds), context);
}

async function reap(job: ReaperJob, rds: RDSClient, action: ReapAction): Promise<ReapAction> {
  const deletion = await deleteInstance(rds, action.target);
  job.log.info('Reaped', { instance: action.target, region: action.region, deletion });
  if (deletion !== 'busy') return action;
  throw new ServiceError(
    `${action.target} in ${action.region} has expired, and RDS does not delete it in its present state. It is tried again in an hour.`,
  );
}

/** What was removed is told also where something else failed. */
function throwIfAny(failures: Failures, { report, measurements, message }: PlainOutcome<ReapReport>): void {
  try {
    failures.throwIfAny();
  } catch (error) {
    const text = [(error as Error).message, ...(message ? [message.text] : [])].join('\n\n');
    throw new FailedRunError(text, { report, measurements, cause: error });
  }
}
