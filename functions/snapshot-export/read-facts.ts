import { explained } from '../../shared/aws/explain.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import { listObjects } from '../../shared/aws/objects.ts';
import { resourceIdentifier } from '../../shared/job/slot.ts';
import { momentsPrefix } from '../../shared/snapshot/moments.ts';
import { readCopies, readSnapshots } from '../../shared/snapshot/read-snapshots.ts';
import { identifierOfArn } from '../../shared/snapshot/snapshot-fact.ts';
import type { CopyFact, ExportTaskFact, Facts, SnapshotFact } from './facts.ts';
import type { SnapshotExportJob } from './job.ts';
import { readExportTask } from './read.ts';

/** The copies of this slot in the second region; none where none are configured. */
export async function readOwnCopies(job: SnapshotExportJob): Promise<CopyFact[]> {
  const { instance, settings } = job.request;
  if (!settings.copyTo) return [];
  const { region } = settings.copyTo;
  const copies = await explained(`Listing the copies in ${region}`, () =>
    readCopies(job.extra.rdsIn(region), instance),
  );
  return copies.filter(({ identifier }) => identifier.startsWith(firstName(job))).map(withOwnTags);
}

/**
 * All that a plan is made of: the instance, the snapshots that this slot may have to do with, and its exports. What a
 * step keeps must be small, so that neither strangers' snapshots nor their tags are kept.
 */
export async function readFacts(
  job: SnapshotExportJob,
  copies: readonly CopyFact[] | undefined,
): Promise<Facts> {
  const { rds } = job.extra;
  const { instance } = job.request;
  const [instanceFact, snapshots, exportTasks, countedNames] = await Promise.all([
    explained(`Describing the instance ${instance}`, () => readInstance(rds, instance)),
    explained(`Listing the snapshots of ${instance}`, () => readSnapshots(rds, instance)),
    explained('Looking for exports of this slot', () => readTries(job)),
    explained('Looking for earlier counts of this slot', () => readCountedNames(job)),
  ]);
  const begunFrom = [...exportTasks, ...(copies ?? [])].map(({ sourceArn }) => identifierOfArn(sourceArn));
  const concerns = (snapshot: SnapshotFact) =>
    begunFrom.includes(snapshot.identifier) || mayConcern(job, snapshot);
  return {
    instance: instanceFact,
    snapshots: snapshots.filter(concerns).map(withOwnTags),
    exportTasks,
    countedNames,
    copies,
  };
}

const keptAutomatedHours = 48;

function mayConcern(job: SnapshotExportJob, { identifier, type, createdAt }: SnapshotFact): boolean {
  if (identifier.startsWith(firstName(job)) || identifier === job.request.announcedSnapshot) return true;
  const oldest = job.startedAt.getTime() - keptAutomatedHours * 3_600_000;
  return type === 'automated' && (createdAt === null || Date.parse(createdAt) > oldest);
}

function withOwnTags<T extends SnapshotFact>(snapshot: T): T {
  const own = Object.entries(snapshot.tags).filter(([key]) => key.startsWith('nightshift:'));
  return { ...snapshot, tags: Object.fromEntries(own) };
}

/** Later tries of the slot have a number behind this one. */
function firstName({ stage, request: { database, slot } }: SnapshotExportJob): string {
  return resourceIdentifier({ stage, database, slot, attempt: 1 });
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

/** A name is used up once rows were counted behind its snapshot: counts of one snapshot must not judge another. */
async function readCountedNames(job: SnapshotExportJob): Promise<string[]> {
  const prefix = `${momentsPrefix}/${firstName(job)}`;
  const names: string[] = [];
  for await (const { key } of listObjects(job.aws.s3, { bucket: job.names.backupBucket, prefix })) {
    const [, name = '', record] = key.split('/');
    if (record === 'after.json') names.push(name);
  }
  return names;
}
