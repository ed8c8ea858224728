import { drillSecurityGroupVariable } from '../../shared/config/names.ts';
import { durableJob } from '../../shared/job/durable-job.ts';
import { FailedRunError } from '../../shared/job/errors.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import { estimateCost } from './estimate.ts';
import { interpretEvent, parseEvent } from './event.ts';
import { type DrillJob, prepareClients } from './job.ts';
import { readTrend } from './past-drills.ts';
import { planRestore } from './plan.ts';
import { readFacts } from './read-facts.ts';
import { describeFailures, type RestoreDrillReport, reportPlan, reportRun } from './report.ts';
import { runRestore } from './run-restore.ts';
import { requireSameRequest } from './same-request.ts';

export const handler = durableJob({
  name: drillJobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  requireSame: requireSameRequest,
  run: restoreDrill,
});

/** Restores a backup to a new instance, questions it, deletes it whatever was found, and tells how long all took. */
async function restoreDrill(job: DrillJob): Promise<Outcome<RestoreDrillReport>> {
  const facts = await job.step('read the facts', () => readFacts(job));
  const plan = planRestore(facts, job.request, planContext(job));
  if (job.request.dryRun) {
    const allocatedGiB = facts.source?.allocatedGiB ?? facts.snapshots[0]?.allocatedGiB ?? 0;
    const { prices } = job.config;
    return reportPlan(job.request, plan, estimateCost(plan, allocatedGiB, prices, job.request.settings));
  }
  const past = await job.step('read the last drills', () => readTrend(job));
  const course = await runRestore(job, plan);
  return throwIfFailed({ request: job.request, stage: job.stage, plan, course, past });
}

function planContext({ stage, config, names, environment, startedAt }: DrillJob) {
  const securityGroupId = environment[drillSecurityGroupVariable] || undefined;
  return { stage, config, names, securityGroupId, now: startedAt };
}

/** Every failure is told at once, after all has been tidied up; the record keeps all that was found. */
function throwIfFailed(done: Parameters<typeof reportRun>[0]): Outcome<RestoreDrillReport> {
  const outcome = reportRun(done);
  const { report, measurements } = outcome;
  if (report.findings.every(({ status }) => status !== 'fail')) return outcome;
  throw new FailedRunError(describeFailures(done, report), { report, measurements });
}
