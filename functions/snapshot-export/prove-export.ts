import { listObjects, readText, type StoredObject, sha256 } from '../../shared/aws/objects.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { ProofError } from '../../shared/job/errors.ts';
import { rowBounds } from '../../shared/postgres/row-bounds.ts';
import { exportFolder, takeInventory } from './export-layout.ts';
import { parseWarning, readExportMetadata } from './export-metadata.ts';
import type { ExportTaskFact } from './facts.ts';
import { type FileSlice, readSlice } from './file-slices.ts';
import { databaseOf, type SnapshotExportJob } from './job.ts';
import { type Evidence, type Proof, proveExport } from './proof.ts';
import { readMoments } from './record-moments.ts';
import { readSavedSchema } from './save-schema.ts';

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

/** Reads the footer of every Parquet file of the export, in slices, each a step of its own. */
export async function readAllFooters(job: SnapshotExportJob, task: ExportTaskFact): Promise<FilesRead> {
  const slices: FileSlice[] = [];
  let after: string | undefined;
  do {
    const begin = after;
    const slice = await job.step(`read the footers of slice ${slices.length + 1}`, () =>
      readSlice(job, task, begin),
    );
    slices.push(slice);
    after = slice.last ?? undefined;
    job.log.info('Footers read', { files: slices.reduce((total, { files }) => total + files.length, 0) });
  } while (after !== undefined);
  return {
    files: slices.flatMap(({ files }) => files),
    columnFaults: slices.flatMap(({ columnFaults }) => columnFaults),
    brokenFiles: slices.flatMap(({ brokenFiles }) => brokenFiles),
  };
}

/**
 * Proves that the export holds the snapshot: nothing missing, nothing unfinished, rows and types as they must be.
 * Throws ProofError naming every fault.
 */
export async function requireProof(
  job: SnapshotExportJob,
  task: ExportTaskFact,
  snapshot: string,
  read: FilesRead,
): Promise<ProofSummary> {
  const { faults, ...summary } = await job.step('prove the export', async () => {
    const proof = proveExport(await gatherEvidence(job, task, snapshot, read));
    return { ...summarise(proof, read), faults: proof.faults };
  });
  if (faults.length === 0) return summary;
  throw new ProofError(
    `RDS calls the export ${task.identifier} complete, and it is not proved to be:\n${listed(faults)}\nThe snapshot is kept. Mend the cause, then start the run again under a label.`,
  );
}

export async function gatherEvidence(
  job: SnapshotExportJob,
  task: ExportTaskFact,
  snapshot: string,
  read: FilesRead,
): Promise<Evidence> {
  const bucket = job.names.backupBucket;
  const { databaseName } = databaseOf(job);
  const objects: StoredObject[] = [];
  for await (const object of listObjects(job.aws.s3, { bucket, prefix: exportFolder(task.identifier) })) {
    objects.push(object);
  }
  const { folders, metadata } = takeInventory(objects, task.identifier, databaseName);
  const schema = await readSavedSchema(job, task.identifier);
  const moments = await readMoments(job, snapshot);
  const texts = await mapAtOnce(metadata, 8, async (key) => ({
    key,
    text: (await readText(job.aws.s3, { bucket, key })) ?? '',
  }));
  return {
    ...read,
    databaseName,
    schema,
    schemaIsOfTheSnapshot: moments?.before.schemaSha256 === sha256(canonicalJson(schema)),
    chosen: job.request.tables,
    acceptSkipped: job.request.settings.acceptSkipped,
    folders,
    metadata: readExportMetadata(texts),
    warning: parseWarning(task.warning),
    bounds: moments && rowBounds(moments.before.moment, moments.after.moment, moments.settled),
  };
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
    notes: notes.slice(0, toldAtMost),
  };
}

const toldAtMost = 50;

function listed(faults: readonly string[]): string {
  const more = faults.length > toldAtMost ? [`and ${faults.length - toldAtMost} more`] : [];
  return [...faults.slice(0, toldAtMost), ...more].map((fault) => `  - ${fault}`).join('\n');
}
