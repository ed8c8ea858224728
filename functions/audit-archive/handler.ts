import { durableJob } from '../../shared/job/durable-job.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { publishMetrics } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { chainBatches } from './chain-batches.ts';
import { allPolicies, interpretEvent, parseEvent } from './event.ts';
import { type AuditArchiveJob, prepareClients, withDatabase } from './job.ts';
import { jobName, planArchive } from './plan.ts';
import { readFacts } from './read-facts.ts';
import { recordBeginning, recordEnds } from './record-night.ts';
import { type AuditArchiveReport, failureOf, measure, reportPlan, reportRun } from './report.ts';
import { sweepTables } from './sweep.ts';
import { readFingerprints } from './table-fingerprint.ts';
import { readOutcomes } from './table-outcomes.ts';
import { workNight } from './work-night.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  run: auditArchive,
});

/** Moves what is old enough, table by table; a table that is refused or fails does not stop the others, and fails the run. */
async function auditArchive(job: AuditArchiveJob): Promise<Outcome<AuditArchiveReport>> {
  const { request, startedAt, stage } = job;
  // Before the facts: what changes in between is found by the first batch, and not taken for what was judged.
  const fingerprints = await job.step('note how the tables are made', () => readFingerprints(job));
  const facts = await job.step('read the facts', () =>
    withDatabase(job, (client) => readFacts(client, request, { now: startedAt })),
  );
  const plan = planArchive(facts, request.policies, allPolicies(request));
  if (request.dryRun) return reportPlan(request, plan, facts, job.config.prices);

  await job.step('record the beginning', () =>
    withDatabase(job, (client) => recordBeginning(client, request)),
  );
  const swept = await job.step('sweep what was rolled back', () => sweepTables(job));
  const night = await workNight(job, plan, fingerprints);
  const tables = await job.step('look at what was moved', () =>
    readOutcomes(job, plan, { ...night, failed: { ...swept.failed, ...night.failed } }),
  );
  await job.step('record the ends', () => withDatabase(job, (client) => recordEnds(client, request, tables)));
  const manifest = await job.step('write the manifest', () =>
    withDatabase(job, (client) => chainBatches(job, client)),
  );
  const done = { request, stage, tables, swept, manifest };
  const failure = failureOf(tables);
  if (failure === undefined) return reportRun(done);
  await job.step('count what was moved', () =>
    publishMetrics({ job: jobName, stage, database: request.database }, measure(done)),
  );
  throw new NightshiftError(failure);
}
