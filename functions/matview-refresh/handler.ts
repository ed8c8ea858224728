import { pack, unpack } from '../../shared/job/checkpoint.ts';
import { durableJob } from '../../shared/job/durable-job.ts';
import { FailedRunError } from '../../shared/job/errors.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { interpretEvent, parseEvent } from './event.ts';
import { type MatviewRefreshJob, prepareClients, reachDatabase } from './job.ts';
import { jobName } from './plan.ts';
import { planOf } from './planned-view.ts';
import { readOutcomes } from './read-outcomes.ts';
import { failureOf, type MatviewRefreshReport, reportRun } from './report.ts';
import { requireSameRequest } from './same-request.ts';
import { planNow } from './shift.ts';
import { workNight } from './work-night.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  run: matviewRefresh,
  requireSame: requireSameRequest,
});

/** Brings every view up to date that has to be; one that fails stops only what reads it, and fails the run at its end. */
async function matviewRefresh(job: MatviewRefreshJob): Promise<Outcome<MatviewRefreshReport>> {
  const { request, stage } = job;
  if (request.dryRun) {
    const plan = await job.step('plan', async () => {
      const { actions } = await planNow(job, await reachDatabase(job), request.settings);
      return pack(planOf(request, actions));
    });
    return { report: unpack(plan), measurements: [], message: { subject: '', text: '' } };
  }
  const night = await workNight(job);
  const looked = await job.step('look at the views', async () => pack(await readOutcomes(job, night)));
  const { views, at } = unpack(looked);
  const done = { request, stage, views, at: new Date(at) };
  const failure = failureOf(done);
  const { report, measurements, message } = reportRun(done);
  if (failure === undefined) return { report, measurements, message };
  throw new FailedRunError(failure, { report, measurements });
}
