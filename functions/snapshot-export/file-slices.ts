import { listObjects, type StoredObject } from '../../shared/aws/objects.ts';
import { databaseFolder, folderOfKey, tableFolder } from '../../shared/export/export-layout.ts';
import { type FileFacts, readFileFacts } from '../../shared/export/file-facts.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import type { ColumnDescription, SchemaDescription } from '../../shared/postgres/schema-description.ts';
import { compareColumns } from './column-types.ts';
import type { Evidence, ProvenFile } from './evidence.ts';
import type { SnapshotExportJob } from './job.ts';

/** So many that a step takes seconds, so few that what it keeps stays far under the limit of a checkpoint. */
const filesPerStep = 250;
const footersAtOnce = 16;

/** Thousands of tables with hundreds of columns may all be wrong: so many are told, and the others counted. */
const columnFaultsTold = 40;

export interface FileSlice extends ColumnFaults {
  readonly files: readonly ProvenFile[];
  readonly brokenFiles: readonly string[];
  /** Where the next slice begins; null when this was the last one. */
  readonly last: string | null;
}

/** The columns that a folder's files must have. */
export type ColumnsOfFolders = ReadonlyMap<string, readonly ColumnDescription[]>;

/** Several tables may share a folder once odd characters are replaced: which file is whose, nobody can tell. */
export function columnsOfFolders({ tables }: SchemaDescription): ColumnsOfFolders {
  const byFolder = Map.groupBy(tables, ({ schema, name }) => tableFolder(schema, name));
  return new Map(
    [...byFolder].flatMap(([folder, [table, ...others]]) =>
      table && others.length === 0 ? [[folder, table.columns]] : [],
    ),
  );
}

export interface SliceOrder {
  readonly exportId: string;
  /** Called once for each slice that is read: the columns are more than a checkpoint should carry. */
  readonly columns: () => Promise<ColumnsOfFolders>;
  /** Undefined for the first slice. */
  readonly after: string | undefined;
}

/** Reads the footers of the next files behind the key `after`. */
export async function readSlice(job: SnapshotExportJob, order: SliceOrder): Promise<FileSlice> {
  const columns = await order.columns();
  const base = databaseFolder(order.exportId, databaseOf(job).databaseName);
  const listed = await nextParquetFiles(job, base, order.after);
  const read = await mapAtOnce(listed, footersAtOnce, async (object) => ({
    folder: folderOfKey(object.key, base),
    ...(await readFileFacts(job.aws.s3, job.names.backupBucket, object)),
  }));
  return {
    files: read.map(({ folder, key, bytes, checksum, footer }) => ({
      folder,
      key,
      bytes,
      checksum,
      rows: footer?.rows ?? 0,
    })),
    ...firstColumnFaults([{ columnFaults: read.flatMap((file) => columnFaults(file, columns)) }]),
    brokenFiles: read.flatMap(({ key, fault }) =>
      fault ? [`${key} is not a whole Parquet file: ${fault}.`] : [],
    ),
    last: listed.length < filesPerStep ? null : (listed.at(-1)?.key ?? null),
  };
}

async function nextParquetFiles(
  job: SnapshotExportJob,
  prefix: string,
  after: string | undefined,
): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of listObjects(job.aws.s3, { bucket: job.names.backupBucket, prefix, after })) {
    if (object.key.endsWith('.parquet')) found.push(object);
    if (found.length === filesPerStep) break;
  }
  return found;
}

function columnFaults({ folder, footer }: FileFacts & { folder: string }, columns: ColumnsOfFolders) {
  const expected = columns.get(folder);
  if (!expected || !footer) return [];
  return compareColumns(expected, footer.columns).map((fault) => ({ folder, fault }));
}

type ColumnFaults = Pick<Evidence, 'columnFaults' | 'moreColumnFaults'>;

/** The first of them all, and how many more there are. */
export function firstColumnFaults(
  parts: readonly { columnFaults: Evidence['columnFaults']; moreColumnFaults?: number }[],
): ColumnFaults {
  const all = distinct(parts.flatMap((part) => part.columnFaults));
  const told = all.slice(0, columnFaultsTold);
  const counted = parts.reduce((total, { moreColumnFaults = 0 }) => total + moreColumnFaults, 0);
  return { columnFaults: told, moreColumnFaults: counted + all.length - told.length };
}

function distinct(faults: Evidence['columnFaults']): Evidence['columnFaults'] {
  return [...new Map(faults.map((each) => [`${each.folder}\n${each.fault}`, each])).values()];
}
