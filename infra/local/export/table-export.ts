import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { escapeIdentifier } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { CatalogueTable } from './catalogue.ts';
import { type ExportedColumn, exportedColumn } from './column-types.ts';
import { copyLines } from './copy-text.ts';
import type { PutExportObject } from './export-bucket.ts';
import { batchFolder, type ExportRoot, partFileName } from './object-layout.ts';
import { ParquetPart } from './parquet-part.ts';

/** How large the pieces of a table are; sizes in bytes of COPY text. */
export interface PieceSizes {
  readonly rowGroupBytes: number;
  readonly partBytes: number;
  readonly partsPerBatch: number;
}

export interface TableExport {
  readonly client: Client;
  readonly root: ExportRoot;
  readonly database: string;
  readonly table: CatalogueTable;
  readonly sizes: PieceSizes;
  readonly put: PutExportObject;
  /** Called with the bytes read of this table so far. */
  readonly onBytes: (sizeBytes: number) => void;
}

export interface TableOutcome {
  readonly parts: number;
  readonly sizeBytes: number;
}

/** Of the table alone: its children's rows belong to their own exports. */
function copyOut({ schema, table }: CatalogueTable, columns: readonly ExportedColumn[]): string {
  const list = columns.map(({ name }) => escapeIdentifier(name)).join(', ');
  return `COPY (SELECT ${list} FROM ONLY ${escapeIdentifier(schema)}.${escapeIdentifier(table)}) TO STDOUT`;
}

/** Finished Parquet files of the table's rows, each with its size as COPY text. */
async function* parts({ client, table, sizes }: TableExport) {
  const columns = table.columns.map(exportedColumn);
  // A Parquet file cannot hold rows without columns.
  if (columns.length === 0) return;
  let part: ParquetPart | undefined;
  for await (const lines of copyLines(client.query(copyTo(copyOut(table, columns))))) {
    for (const line of lines) {
      part ??= new ParquetPart(columns);
      part.add(line, sizes.rowGroupBytes);
      if (part.sizeBytes < sizes.partBytes) continue;
      yield { body: part.finish(), sizeBytes: part.sizeBytes };
      part = undefined;
    }
  }
  if (part !== undefined) yield { body: part.finish(), sizeBytes: part.sizeBytes };
}

/**
 * Writes one table: part files in batch folders, and `_SUCCESS` in each folder once its parts are there. An empty
 * table has one folder with `_SUCCESS` alone.
 */
export async function exportTable(job: TableExport): Promise<TableOutcome> {
  const { root, database, table, sizes, put } = job;
  const folder = (batch: number) => batchFolder(root, { database, ...table }, batch);
  const writeId = randomUUID();
  let count = 0;
  let sizeBytes = 0;
  for await (const part of parts(job)) {
    const batch = 1 + Math.floor(count / sizes.partsPerBatch);
    if (count > 0 && count % sizes.partsPerBatch === 0) await put(`${folder(batch - 1)}/_SUCCESS`, '');
    await put(`${folder(batch)}/${partFileName(count % sizes.partsPerBatch, writeId)}`, part.body);
    count += 1;
    sizeBytes += part.sizeBytes;
    job.onBytes(sizeBytes);
  }
  await put(`${folder(Math.max(1, Math.ceil(count / sizes.partsPerBatch)))}/_SUCCESS`, '');
  return { parts: count, sizeBytes };
}
