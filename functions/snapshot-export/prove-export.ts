import { listObjects, readText, type StoredObject, sha256 } from '../../shared/aws/objects.ts';
import { exportFolder, takeInventory } from '../../shared/export/export-layout.ts';
import { readSavedSchema } from '../../shared/export/saved-schema.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { once } from '../../shared/job/once.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import { rowBounds } from '../../shared/postgres/row-bounds.ts';
import { type Moments, readMoments } from '../../shared/snapshot/moments.ts';
import type { Evidence } from './evidence.ts';
import { parseWarning, readExportMetadata } from './export-metadata.ts';
import { type ExportTaskFact, isAdopted, type SnapshotFact } from './facts.ts';
import { columnsOfFolders, type FileSlice, firstColumnFaults, readSlice } from './file-slices.ts';
import type { SnapshotExportJob } from './job.ts';
import { type Proof, proveExport } from './proof.ts';
import { fullName } from './table-names.ts';

/** What was read of an export's files; small enough to pass through checkpoints slice by slice. */
export type FilesRead = Omit<FileSlice, 'last'>;

export interface ProofSummary {
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  /** How many tables' rows were held against an exact count, against bounds, … */
  readonly against: Readonly<Record<string, number>>;
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

/** Some minutes' work: far from the end of an invocation, and a new one begins at the next wait. */
const slicesPerInvocation = 20;

/** Reads the footer of every Parquet file of the export, in slices, each a step of its own. */
export async function readAllFooters(job: SnapshotExportJob, task: ExportTaskFact): Promise<FilesRead> {
  const exportId = task.identifier;
  const columns = once(async () => columnsOfFolders((await readSavedSchema(placeOf(job), exportId)).schema));
  const slices: FileSlice[] = [];
  let after: string | undefined;
  do {
    if (slices.length > 0 && slices.length % slicesPerInvocation === 0) {
      await job.sleep('go on in a new invocation', 1);
    }
    const order = { exportId, columns, after };
    const slice = await job.step(`read the footers of slice ${slices.length + 1}`, () =>
      readSlice(job, order),
    );
    slices.push(slice);
    after = slice.last ?? undefined;
    job.log.info('Footers read', { files: slices.reduce((total, { files }) => total + files.length, 0) });
  } while (after !== undefined);
  return {
    files: slices.flatMap(({ files }) => files),
    ...firstColumnFaults(slices),
    brokenFiles: slices.flatMap(({ brokenFiles }) => brokenFiles),
  };
}

const placeOf = ({ aws, names }: SnapshotExportJob) => ({ s3: aws.s3, bucket: names.backupBucket });

/**
 * Proves that the export holds the snapshot: nothing missing, nothing unfinished, rows and types as they must be.
 * Throws ProofError naming every fault.
 */
export async function requireProof(
  job: SnapshotExportJob,
  task: ExportTaskFact,
  snapshot: SnapshotFact,
  read: FilesRead,
): Promise<ProofSummary> {
  const { faults, ...summary } = await job.step('prove the export', async () => {
    const proof = proveExport(await gatherEvidence(job, task, snapshot, read));
    return { ...summarise(proof, read), faults: firstOf(proof.faults) };
  });
  if (faults.length === 0) return summary;
  throw new ProofError(
    `RDS calls the export ${task.identifier} complete, and it is not proved to be:\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nThe snapshot is kept. Mend the cause, then start the run again under a label.`,
  );
}

export async function gatherEvidence(
  job: SnapshotExportJob,
  task: ExportTaskFact,
  snapshot: SnapshotFact,
  read: FilesRead,
): Promise<Evidence> {
  const bucket = job.names.backupBucket;
  const { databaseName } = databaseOf(job);
  const objects: StoredObject[] = [];
  for await (const object of listObjects(job.aws.s3, { bucket, prefix: exportFolder(task.identifier) })) {
    objects.push(object);
  }
  const { folders, metadata } = takeInventory(objects, task.identifier, databaseName);
  const { schema, sizes } = await readSavedSchema(placeOf(job), task.identifier);
  const moments = await readMoments({ s3: job.aws.s3, bucket: job.names.backupBucket }, snapshot.identifier);
  const texts = await mapAtOnce(metadata, 8, async (key) => ({
    key,
    text: (await readText(job.aws.s3, { bucket, key })) ?? '',
  }));
  return {
    ...read,
    databaseName,
    schema,
    sizes,
    adopted: isAdopted(snapshot),
    schemaIsOfTheSnapshot: moments?.before.schemaSha256 === sha256(canonicalJson(schema)),
    knownBefore: moments && tablesBefore(moments),
    chosen: job.request.tables,
    acceptSkipped: job.request.settings.acceptSkipped,
    folders,
    metadata: readExportMetadata(texts),
    warning: parseWarning(task.warning),
    bounds: moments && rowBounds(moments.before.moment, moments.after.moment, moments.settled),
  };
}

function tablesBefore({ before }: Moments): ReadonlySet<string> {
  return new Set(before.moment.tables.map(({ schema, table }) => fullName({ schema, name: table })));
}

function summarise({ tables, skipped, notes }: Proof, { files }: FilesRead): ProofSummary {
  const against: Record<string, number> = {};
  for (const table of tables) against[table.against] = (against[table.against] ?? 0) + 1;
  return {
    tables: tables.length,
    rows: tables.reduce((total, { rows }) => total + rows, 0),
    bytes: files.reduce((total, { bytes }) => total + bytes, 0),
    files: files.length,
    against,
    skipped,
    notes: firstOf(notes),
  };
}

const toldAtMost = 50;

/** A database of many thousand tables may fail in each: a checkpoint and a message hold so many lines. */
function firstOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - toldAtMost;
  return more > 0 ? [...lines.slice(0, toldAtMost), `and ${more} more`] : lines;
}
