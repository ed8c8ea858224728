import type { Client } from 'pg';
import { durableJob } from '../../shared/job/durable-job.ts';
import { FailedRunError } from '../../shared/job/errors.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { endSessions, planEnding } from './end-sessions.ts';
import { type DbMaintenanceRequest, type EndLimits, interpretEvent, parseEvent } from './event.ts';
import { type DbMaintenanceJob, prepareClients, reachDatabase } from './job.ts';
import { jobName, phases } from './plan.ts';
import { planPhase } from './plan-phase.ts';
import { readAgeDays } from './read-age.ts';
import { readServer } from './read-server.ts';
import {
  type DbMaintenanceReport,
  failureOf,
  failureOfEnds,
  reportEndPlan,
  reportEnds,
  reportPlan,
  reportRun,
} from './report.ts';
import { requireTables } from './require-tables.ts';
import { waitForArchive } from './wait-for-archive.ts';
import { type Night, workNight } from './work-night.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  run: dbMaintenance,
});

/** Tidies up what needs it most, one thing at a time; one that fails does not stop the others, and fails the run. */
async function dbMaintenance(job: DbMaintenanceJob): Promise<Outcome<DbMaintenanceReport>> {
  const { request, stage } = job;
  if (request.end) return endWhatIsOver(job, request.end);
  if (request.dryRun) return job.step('plan', () => planAll(job));
  await job.step('look at the server', async () => {
    await (await reachDatabase(job)).connect((client) => lookFirst(client, request));
  });
  const night = request.part === 'urgent' ? await workUrgent(job) : await workNight(job);
  return orFail(reportRun(request, stage, night), failureOf(night));
}

/** Every day: what cannot wait for the whole, at once after the archive run, and how long ago the whole was done. */
async function workUrgent(job: DbMaintenanceJob): Promise<Night> {
  await waitForArchive(job);
  const night = await workNight(job, ['vacuum']);
  const { aws, names, request } = job;
  const ageDays = await job.step('look for the last whole run', () =>
    readAgeDays(aws.s3, { bucket: names.backupBucket, database: request.database, now: new Date() }),
  );
  return { ...night, ageDays };
}

async function endWhatIsOver(
  job: DbMaintenanceJob,
  limits: EndLimits,
): Promise<Outcome<DbMaintenanceReport>> {
  const { request, stage } = job;
  if (request.dryRun) {
    const plan = await job.step('look for sessions', async () =>
      (await reachDatabase(job)).connect((client) => planEnding(client, limits)),
    );
    return reportEndPlan(plan);
  }
  const ended = await job.step('end sessions', async () =>
    (await reachDatabase(job)).connect((client) => endSessions(client, limits)),
  );
  return orFail(reportEnds(request, stage, ended), failureOfEnds(ended));
}

async function planAll(job: DbMaintenanceJob) {
  const reach = await reachDatabase(job);
  const { request } = job;
  const until = Date.now() + request.settings.budgetMinutes * 60_000;
  return reach.connect(async (client) => {
    const server = await lookFirst(client, request);
    const order = { request, server, allocatedGiB: reach.allocatedGiB, until, tried: [], checkedBytes: 0 };
    const measured = new Map<string, number>();
    const plans = [];
    for (const phase of request.part === 'urgent' ? (['vacuum'] as const) : phases)
      plans.push(await planPhase(client, phase, { ...order, measured }));
    return reportPlan(plans);
  });
}

/** Refuses what no shift could mend: a standby, and tables that are not there. */
async function lookFirst(client: Client, { tables }: DbMaintenanceRequest) {
  const server = await readServer(client);
  await requireTables(client, tables);
  return server;
}

function orFail(
  outcome: Outcome<DbMaintenanceReport>,
  failure: string | undefined,
): Outcome<DbMaintenanceReport> {
  if (failure === undefined) return outcome;
  const { report, measurements } = outcome;
  throw new FailedRunError(failure, { report, measurements });
}
