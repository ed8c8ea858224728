import { durableJob } from '../../shared/job/durable-job.ts';
import { Failures } from '../../shared/job/failures.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import { startCopy, waitForCopy } from './copy-snapshot.ts';
import { estimateCost } from './estimate.ts';
import { interpretEvent, parseEvent } from './event.ts';
import type { SnapshotFact } from './facts.ts';
import { prepareClients, type SnapshotExportJob } from './job.ts';
import { markExport } from './mark-export.ts';
import { type ExportAction, jobName, type MakingPlan, planMaking, type SnapshotAction } from './plan.ts';
import { readAllFooters, requireProof } from './prove-export.ts';
import { planPruning, prune } from './prune.ts';
import { readFacts, readOwnCopies } from './read-facts.ts';
import { recordAfter, recordBefore } from './record-moments.ts';
import { type Exported, reportPlan, reportRun, type SnapshotExportReport } from './report.ts';
import { startExport, waitForExport } from './run-export.ts';
import { requireSameRequest } from './same-request.ts';
import { saveSchema } from './save-schema.ts';
import { requestSnapshot, waitForInstance, waitForSnapshot } from './take-snapshot.ts';
import { writeManifest } from './write-manifest.ts';

export const handler = durableJob({
  name: jobName,
  parse: parseEvent,
  interpret: interpretEvent,
  prepare: prepareClients,
  requireSame: requireSameRequest,
  run: snapshotExport,
});

/** Takes or adopts the slot's snapshot, exports it, proves the export, copies the snapshot, and prunes what is too old. */
async function snapshotExport(job: SnapshotExportJob): Promise<Outcome<SnapshotExportReport>> {
  const failures = new Failures();
  const copies = await failures.collect(() => job.step('list the copies', () => readOwnCopies(job)));
  const facts = await job.step('read the facts', () => readFacts(job, copies));
  const plan = planMaking(facts, job.request, {
    stage: job.stage,
    databaseName: databaseOf(job).databaseName,
    now: job.startedAt,
  });
  // A plan that leaves the second region out because it could not be asked must not pass for the whole one.
  if (job.request.dryRun) failures.throwIfAny();
  if (job.request.dryRun) return tellPlan(job, plan, facts.instance.allocatedGiB);

  const snapshot = await obtainSnapshot(job, plan.snapshot, failures);
  const copying = await failures.collect(async () => plan.copy && startCopy(job, plan.copy, snapshot));
  const exported = await failures.collect(
    async () => plan.export && exportAndProve(job, plan.export, snapshot, failures),
  );
  const copy = await failures.collect(async () => copying && waitForCopy(job, copying));
  failures.throwIfAny();
  const pruned = await prune(job);
  const { request, stage, names } = job;
  return reportRun({ request, stage, bucket: names.backupBucket, plan, snapshot, exported, copy, pruned });
}

async function tellPlan(job: SnapshotExportJob, plan: MakingPlan, allocatedGiB: number) {
  const pruning = await job.step('plan the retention', () => planPruning(job));
  const cost = estimateCost(plan, allocatedGiB, job.config.prices, job.request.settings.retention);
  const making = [plan.snapshot, plan.export, plan.copy].filter((action) => action !== null);
  return reportPlan(job.request, [...making, ...pruning], cost);
}

/**
 * A snapshot of our own is enclosed between two counts of its rows; of an adopted one no counts exist. Counting serves
 * the proof: where it fails, the backup is made all the same, and the run fails at its end.
 */
async function obtainSnapshot(
  job: SnapshotExportJob,
  action: SnapshotAction,
  failures: Failures,
): Promise<SnapshotFact> {
  if (action.kind === 'take snapshot') {
    await waitForInstance(job);
    await failures.collect(() => recordBefore(job, action.target));
    await requestSnapshot(job, action);
  }
  const snapshot = await waitForSnapshot(job, action.target);
  if (action.own) await failures.collect(() => recordAfter(job, action.target));
  return snapshot;
}

/** Without the schema nothing can be proved, and the export is made all the same: a later start of the slot proves it. */
async function exportAndProve(
  job: SnapshotExportJob,
  action: ExportAction,
  snapshot: SnapshotFact,
  failures: Failures,
): Promise<Exported | undefined> {
  await markExport(job, action.target);
  const schema = await failures.collect(() => saveSchema(job, action.target));
  await startExport(job, { exportId: action.target, snapshotArn: snapshot.arn });
  const task = await waitForExport(job, action.target);
  if (!schema) return undefined;
  const read = await readAllFooters(job, task);
  const proof = await requireProof(job, task, snapshot, read);
  const manifest = await writeManifest(job, { snapshot, task, schema, read });
  return { task, proof, manifest };
}
