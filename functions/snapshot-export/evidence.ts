import type { RowBounds } from '../../shared/postgres/row-bounds.ts';
import type { SchemaDescription } from '../../shared/postgres/schema-description.ts';
import type { TableSize } from '../../shared/postgres/table-sizes.ts';
import type { ExportMetadata, ExportWarning } from './export-metadata.ts';

/** One Parquet file, as its footer and S3 describe it. */
export interface ProvenFile {
  readonly key: string;
  readonly folder: string;
  readonly bytes: number;
  readonly rows: number;
  /** `sha256:…`, `crc64nvme:…`: what S3 holds for the object; null where it holds none. */
  readonly checksum: string | null;
}

/** All that is known of a snapshot, and all that was found of its export. */
export interface Evidence {
  readonly databaseName: string;
  readonly schema: SchemaDescription;
  /** How large the tables were when the schema was saved. */
  readonly sizes: readonly TableSize[];
  /** The snapshot is none of this job's own, so that nobody was there to count when it was made. */
  readonly adopted: boolean;
  /** False where the schema changed around the snapshot, or was read long after it. */
  readonly schemaIsOfTheSnapshot: boolean;
  /** `schema.table` names that were there before the snapshot; undefined where nothing was recorded then. */
  readonly knownBefore: ReadonlySet<string> | undefined;
  /** `schema.table` names; undefined for all. */
  readonly chosen: readonly string[] | undefined;
  readonly acceptSkipped: readonly string[];
  readonly folders: readonly { readonly folder: string; readonly unfinished: readonly string[] }[];
  readonly files: readonly ProvenFile[];
  readonly columnFaults: readonly { readonly folder: string; readonly fault: string }[];
  /** How many findings there are besides; one of a table with files in several slices counts in each. */
  readonly moreColumnFaults: number;
  /** One line for each file that is no whole Parquet file. */
  readonly brokenFiles: readonly string[];
  readonly metadata: ExportMetadata;
  readonly warning: ExportWarning;
  /** Undefined where nothing was recorded of the snapshot's moment: it was adopted, or counting failed. */
  readonly bounds: readonly RowBounds[] | undefined;
}

/** What the judges find: each fault makes the run fail; notes say what could not be proved, and why. */
export interface Findings {
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}
