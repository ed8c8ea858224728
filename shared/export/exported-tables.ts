import type { S3Client } from '@aws-sdk/client-s3';
import { once } from '../job/once.ts';
import { findLink, type Link } from '../job/walk-chain.ts';
import { exportCopyText, exportedColumns } from './export-copy-text.ts';
import { type ExportManifest, exportJob, isExportManifest } from './export-manifest.ts';
import { readSavedSchema } from './saved-schema.ts';
import { filesOfTable, type TableInExport } from './table-files.ts';

/** One table's rows, as text that COPY reads into these columns. */
export interface ExportedTable {
  readonly columns: readonly string[];
  readonly copyText: AsyncIterable<Buffer>;
}

/** An export's tables; null for one that the export does not hold. */
export interface ExportedTables {
  open(table: TableInExport): Promise<ExportedTable | null>;
}

export interface ExportsOf {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The database's name in the config. */
  readonly database: string;
}

/** The newest export of this snapshot that was proved, or null where there is none. */
export async function findExportOfSnapshot(
  where: ExportsOf,
  snapshotIdentifier: string,
): Promise<ExportedTables | null> {
  const link = await findExport(
    where,
    (manifest) => manifest.body.snapshot?.identifier === snapshotIdentifier,
  );
  return link ? exportedTables(where, link.body) : null;
}

/** The newest export of a slot; of the newest slot that was exported, where none is named. */
export function findExportOfSlot(where: ExportsOf, slot?: string): Promise<Link<ExportManifest> | undefined> {
  return findExport(where, (manifest) => slot === undefined || manifest.slot === slot);
}

async function findExport(
  { s3, bucket, database }: ExportsOf,
  matches: Parameters<typeof findLink<ExportManifest>>[2],
): Promise<Link<ExportManifest> | undefined> {
  const link = await findLink<ExportManifest>(s3, { bucket, job: exportJob, database }, matches);
  return link && (await isExportManifest(link.body)) ? link : undefined;
}

/** The tables of an export as its manifest and its saved schema know them. */
export function exportedTables(
  { s3, bucket }: Pick<ExportsOf, 's3' | 'bucket'>,
  manifest: ExportManifest,
): ExportedTables {
  const saved = once(() => readSavedSchema({ s3, bucket }, manifest.export.id, manifest.schema.sha256));
  return {
    open: async (table) => {
      const found = filesOfTable(manifest, (await saved()).schema, table);
      if (!found) return null;
      const [first] = found.files;
      const columns = first
        ? await exportedColumns({ s3, bucket }, first)
        : (found.description?.columns ?? []).map(({ name }) => name);
      return { columns, copyText: exportCopyText({ s3, bucket, files: found.files }, columns) };
    },
  };
}
