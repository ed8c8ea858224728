import { durableJob } from '../../shared/job/durable-job.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { interpretEvent, parseEvent } from './event.ts';
import { type AuditArchiveJob, prepareClients, withDatabase } from './job.ts';
import { jobName, planArchive } from './plan.ts';
import { readFacts } from './read-facts.ts';
import { type AuditArchiveReport, reportPlan } from './report.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  run: auditArchive,
});

/** Plans what is to be archived, table by table, with what stands against it. */
async function auditArchive(job: AuditArchiveJob): Promise<Outcome<AuditArchiveReport>> {
  const { request, startedAt } = job;
  const facts = await job.step('read the facts', () =>
    withDatabase(job, (client) => readFacts(client, request, { now: startedAt })),
  );
  const plan = planArchive(facts, request.policies);
  if (request.dryRun) return reportPlan(request, plan, facts, job.config.prices);
  throw new NightshiftError('audit-archive only plans so far: ask for a dry run, by "dryRun": true.');
}
