import { type CatalogueTable, listDatabases, listTables } from './catalogue.ts';
import { exportBucket, type PutExportObject } from './export-bucket.ts';
import type { Exporter, ExportRequest } from './exporter.ts';
import { type ExportedTable, exportInfo, tablesInfo } from './metadata.ts';
import { exportInfoKey, tablesInfoKey } from './object-layout.ts';
import { isDatabaseInScope, isTableInScope, targetOf } from './scope.ts';
import { type SkippedTable, skipReason, warningMessage } from './skipped-tables.ts';
import { readSnapshot } from './snapshot-connection.ts';
import { exportTable, type PieceSizes } from './table-export.ts';

const SIZES: PieceSizes = { rowGroupBytes: 8 * 2 ** 20, partBytes: 16 * 2 ** 20, partsPerBatch: 3 };
const TABLES_PER_INFO_FILE = 100;

interface DatabasePlan {
  readonly database: string;
  readonly tables: readonly CatalogueTable[];
  readonly skipped: readonly SkippedTable[];
}

async function planDatabase(request: ExportRequest, database: string): Promise<DatabasePlan> {
  const all = await readSnapshot(request.server, database, request.signal, listTables);
  const inScope = all.filter((table) => isTableInScope(request.exportOnly, { database, ...table }));
  const tables: CatalogueTable[] = [];
  const skipped: SkippedTable[] = [];
  for (const table of inScope) {
    const columns = table.columns.map(({ name }) => name);
    const skip = skipReason({ database, ...table }, columns);
    if (skip === undefined) tables.push(table);
    else skipped.push(skip);
  }
  return { database, tables, skipped };
}

async function planDatabases(request: ExportRequest): Promise<DatabasePlan[]> {
  const databases = await readSnapshot(request.server, 'postgres', request.signal, listDatabases);
  const plans: DatabasePlan[] = [];
  for (const database of databases.filter((name) => isDatabaseInScope(request.exportOnly, name))) {
    plans.push(await planDatabase(request, database));
  }
  return plans;
}

/** Turns the bytes read of each table into a percentage of the sizes on disk; it reaches 100 only at the end. */
function progressOf(request: ExportRequest, plans: readonly DatabasePlan[]) {
  const totalBytes = plans.flatMap(({ tables }) => tables).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let passedOnDisk = 0;
  let passedExtracted = 0;
  return {
    read(table: CatalogueTable, sizeBytes: number): void {
      const done = passedOnDisk + Math.min(sizeBytes, table.sizeBytes);
      const percent = totalBytes === 0 ? 0 : Math.floor((100 * done) / totalBytes);
      request.onProgress(Math.min(percent, 99), passedExtracted + sizeBytes);
    },
    pass(table: CatalogueTable, sizeBytes: number): void {
      passedOnDisk += table.sizeBytes;
      passedExtracted += sizeBytes;
      this.read(table, 0);
    },
    get extractedBytes(): number {
      return passedExtracted;
    },
  };
}

type Progress = ReturnType<typeof progressOf>;

function exportDatabase(
  request: ExportRequest,
  { database, tables }: DatabasePlan,
  { put, sizes, progress }: { put: PutExportObject; sizes: PieceSizes; progress: Progress },
): Promise<ExportedTable[]> {
  return readSnapshot(request.server, database, request.signal, async (client) => {
    const exported: ExportedTable[] = [];
    for (const table of tables) {
      const startedAt = new Date();
      const onBytes = (sizeBytes: number) => progress.read(table, sizeBytes);
      const outcome = await exportTable({ client, root: request, database, table, sizes, put, onBytes });
      progress.pass(table, outcome.sizeBytes);
      const target = targetOf({ database, ...table });
      exported.push({ target, table, startedAt, endedAt: new Date(), ...outcome });
    }
    return exported;
  });
}

async function writeMetadata(
  request: ExportRequest,
  put: PutExportObject,
  exported: readonly ExportedTable[],
  extractedBytes: number,
): Promise<void> {
  for (let from = 0; from < exported.length; from += TABLES_PER_INFO_FILE) {
    const tables = exported.slice(from, from + TABLES_PER_INFO_FILE);
    await put(tablesInfoKey(request, from + 1, from + tables.length), tablesInfo(tables));
  }
  await put(exportInfoKey(request), exportInfo(request, new Date(), extractedBytes));
}

/**
 * An exporter that reads every table in scope from the snapshot's server, each database in one transaction, and
 * writes it as the service would. Tables that the service leaves out appear in the warning and nowhere else.
 * Rejects with the signal's reason when aborted, leaving what has been written.
 */
export function createSnapshotExporter(sizes: Partial<PieceSizes> = {}): Exporter {
  return async (request) => {
    const plans = await planDatabases(request);
    const progress = progressOf(request, plans);
    const put = exportBucket(request);
    const exported: ExportedTable[] = [];
    for (const plan of plans) {
      const tools = { put, sizes: { ...SIZES, ...sizes }, progress };
      exported.push(...(await exportDatabase(request, plan, tools)));
    }
    await writeMetadata(request, put, exported, progress.extractedBytes);
    request.onProgress(100, progress.extractedBytes);
    const warning = warningMessage(plans.flatMap(({ skipped }) => skipped));
    return {
      extractedBytes: progress.extractedBytes,
      ...(warning === undefined ? {} : { warningMessage: warning }),
    };
  };
}
