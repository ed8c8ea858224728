import { explained } from '../../shared/aws/explain.ts';
import { resourceIdentifier } from '../../shared/job/slot.ts';
import type { ExportTaskFact, Facts } from './facts.ts';
import type { SnapshotExportJob } from './job.ts';
import { readCopies, readExportTask, readInstance, readSnapshots } from './read.ts';

/** All that a plan is made of: the instance, its snapshots, this slot's exports, and the copies in the second region. */
export async function readFacts(job: SnapshotExportJob): Promise<Facts> {
  const { rds, rdsIn } = job.extra;
  const { instance, settings } = job.request;
  const second = settings.copyTo && rdsIn(settings.copyTo.region);
  const [instanceFact, snapshots, exportTasks, copies] = await Promise.all([
    explained(`Describing the instance ${instance}`, () => readInstance(rds, instance)),
    explained(`Listing the snapshots of ${instance}`, () => readSnapshots(rds, instance)),
    explained('Looking for exports of this slot', () => readTries(job)),
    second
      ? explained(`Listing the copies in ${settings.copyTo?.region}`, () => readCopies(second, instance))
      : [],
  ]);
  return { instance: instanceFact, snapshots, exportTasks, copies };
}

/** Export tasks cannot be deleted, so that the tries of a slot have names without a gap. */
async function readTries(job: SnapshotExportJob): Promise<ExportTaskFact[]> {
  const { database, slot } = job.request;
  const tries: ExportTaskFact[] = [];
  for (;;) {
    const name = resourceIdentifier({ stage: job.stage, database, slot, attempt: tries.length + 1 });
    const task = await readExportTask(job.extra.rds, name);
    if (!task) return tries;
    tries.push(task);
  }
}
